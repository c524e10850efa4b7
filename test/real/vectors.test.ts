import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { argumentsOf, artifactOf, names } from "../support/conformance.ts";
import { NPM, NPM_KEY, one, PACKAGES } from "../support/npm-vectors.ts";
import { leftOut, openTable } from "../support/real/tables.ts";
import { runVerb } from "../support/run-verb.ts";
import { hasVectors, VECTORS } from "../support/vectors.ts";

const GITHUB = "https://token.actions.githubusercontent.com";
const BUNDLES = 35;

/** One line of the table: what is asked of `verify-bundle`, and how it must end. */
interface Vector {
  readonly from: string;
  readonly name: string;
  readonly args: () => readonly string[];
  readonly verified: boolean;
  /** What it must say, where that is more than the outcome. */
  readonly says?: string;
}

const tell = openTable("the vectors, by waybill verify-bundle", [
  "from",
  "vector",
  "expected",
  "found",
  "checked as far as",
]);

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "waybill-vectors-"));
  writeFileSync(join(scratch, "npm.pub"), NPM_KEY);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

for (const [folder, count] of [
  ["sigstore-bundles", BUNDLES],
  ["npm-provenance", 6],
  ["google-vsa", 2],
] as const)
  if (!hasVectors(folder))
    leftOut(`${count} vectors of ${folder}`, "../shared/vectors is not beside the checkout");

/** Sigstore's own, by the arguments of its conformance suite. */
function conformance(): readonly Vector[] {
  return names().map((name) => ({
    from: "sigstore-conformance",
    name,
    args: () => [...argumentsOf(name), artifactOf(name)],
    verified: !name.endsWith("_fail"),
  }));
}

/** What npm and its builders say about each package; the tampered ones must fail. */
function npm(): readonly Vector[] {
  if (!hasVectors("npm-provenance")) return [];
  return PACKAGES.flatMap(({ name, repository, workflow }) => {
    const subject = `${repository}/${workflow}`;
    const tampered = name.replace(".tgz", "-invalidsigprov.tgz.json");
    const by = ["--certificate-identity", subject, "--certificate-oidc-issuer", GITHUB];
    return [
      ofNpm(name, `${name}.json`, "publish", ["--key", join(scratch, "npm.pub")]),
      ofNpm(name, `${name}.json`, "provenance", by),
      { ...ofNpm(name, tampered, "provenance", by), verified: false },
    ];
  });
}

function ofNpm(
  artifact: string,
  file: string,
  kind: "publish" | "provenance",
  by: readonly string[],
): Vector {
  return {
    from: "npm",
    name: `${file.replace(".tgz.json", "")}: ${kind}`,
    args() {
      const bundle = join(scratch, `${kind}-${file}`);
      writeFileSync(bundle, JSON.stringify(one(file, kind).bundle));
      const signer = by[0] === "--key" ? ["--key", join(scratch, "npm.pub")] : by;
      return ["verify-bundle", "--bundle", bundle, ...signer, join(NPM, artifact)];
    },
    verified: true,
  };
}

/** A bare envelope, whose one subject has no digest that any registry has: its signature holds, and it is about nothing here. */
function google(): readonly Vector[] {
  if (!hasVectors("google-vsa")) return [];
  const folder = join(VECTORS, "google-vsa");
  const bundle = join(folder, "gke-gce-pre.bcid-vsa.jsonl");
  const key = ["--key", join(folder, "vsa_signing_public_key.pem")];
  return [
    {
      from: "google",
      name: "verification summary (DSSE, P1363)",
      args: () => ["verify-bundle", "--bundle", bundle, ...key, `sha256:${"a".repeat(64)}`],
      verified: false,
      says: "the check of subject",
    },
    {
      from: "google",
      name: "the same, one letter changed",
      args() {
        const changed = join(scratch, "changed.jsonl");
        writeFileSync(changed, readFileSync(bundle, "utf8").replace("bmIy2gfn", "bmIy2gfo"));
        return ["verify-bundle", "--bundle", changed, ...key, `sha256:${"a".repeat(64)}`];
      },
      verified: false,
      says: "the check of crypto",
    },
  ];
}

const vectors = [...conformance(), ...npm(), ...google()];

describe.runIf(vectors.length > 0)("what others signed, by waybill verify-bundle", () => {
  it(`has all ${BUNDLES} bundles of the conformance suite`, () => {
    expect(vectors.filter(({ from }) => from === "sigstore-conformance")).toHaveLength(BUNDLES);
  });

  it.for(vectors)("$from: $name", async ({ from, name, args, verified, says }) => {
    const { exitCode, out, err } = await runVerb(args(), { folder: scratch });
    const check = /the check of (\w+)/.exec(out)?.[1];
    tell(from, name, wordOf(verified), wordOf(exitCode === 0), check ?? "all");
    expect(exitCode, out + err).toBe(verified ? 0 : 1);
    if (says !== undefined) expect(out).toContain(says);
  });
});

function wordOf(verified: boolean): string {
  return verified ? "verified" : "not";
}
