import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VECTORS } from "./vectors.ts";

/** Packages of npm with the bundles about them. */
export const NPM: string = join(VECTORS, "npm-provenance");

/** npm's own key, by its public id SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA. */
export const NPM_KEY: string = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i
6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==
-----END PUBLIC KEY-----
`;

/** The packages whose bundles are there, and which workflow of which repository built them. */
export const PACKAGES = [
  {
    name: "gundam-visor-cli-v1-tag.tgz",
    repository: "https://github.com/ramonpetgrave64/gundam-visor",
    workflow: ".github/workflows/npm-publish.yml@refs/tags/v1.0.1",
    id: "810002373",
  },
  {
    name: "provenance-npm-test-cli-v1-prega.tgz",
    repository: "https://github.com/sigstore/sigstore-js",
    workflow: ".github/workflows/release.yml@refs/heads/main",
    id: "495574555",
  },
] as const;

/** A bundle, and what it says. */
export interface Attestation {
  readonly predicateType: string;
  readonly bundle: object;
}

function attestations(file: string): readonly Attestation[] {
  const document: { readonly attestations: readonly Attestation[] } = JSON.parse(
    readFileSync(join(NPM, file), "utf8"),
  );
  return document.attestations;
}

/** The bundle of a package about its publication, or about how it was built. */
export function one(file: string, kind: "publish" | "provenance"): Attestation {
  const found = attestations(file).find(({ predicateType }) => predicateType.includes(kind));
  if (found === undefined) throw new Error(`${file} has no ${kind}`);
  return found;
}
