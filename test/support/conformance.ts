import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasVectors, VECTORS } from "./vectors.ts";

/** Bundles of Sigstore's conformance suite, a folder each; a name that ends in `_fail` must not verify. */
export const FOLDER: string = join(VECTORS, "sigstore-bundles");

const IDENTITY =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";

/** Whether they lie beside the checkout; where not, it is said. */
export const there: boolean = hasVectors("sigstore-bundles");

/** The names of the bundles. */
export function names(): readonly string[] {
  if (!there) return [];
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** The arguments as the conformance suite builds them from a folder; the artifact comes after them. */
export function argumentsOf(name: string): readonly string[] {
  const folder = join(FOLDER, name);
  function own(file: string, otherwise: string): string {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, "utf8").trim() : otherwise;
  }
  const key = join(folder, "key.pub");
  const root = join(folder, "trusted_root.json");
  return [
    "verify-bundle",
    "--bundle",
    join(folder, "bundle.sigstore.json"),
    ...(existsSync(key)
      ? ["--key", key]
      : [
          "--certificate-identity",
          own("identity", IDENTITY),
          "--certificate-oidc-issuer",
          own("issuer", ISSUER),
        ]),
    ...(existsSync(root) ? ["--trusted-root", root] : []),
  ];
}

/** The file that a bundle is about. */
export function artifactOf(name: string): string {
  const own = join(FOLDER, name, "artifact");
  return existsSync(own) ? own : join(FOLDER, "a.txt");
}
