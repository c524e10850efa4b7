import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifactOfBytes, defaultRoot, type Artifact } from "#trust";
import { NPM, NPM_KEY, one, PACKAGES } from "../support/npm-vectors.ts";
import { hasVectors, VECTORS } from "../support/vectors.ts";
import { ASK_NOTHING, check, keyAuthority, workflowAuthority } from "../support/verifying.ts";

const VSA = join(VECTORS, "google-vsa");
const LOGGED = { ...ASK_NOTHING, tlog: "required", sct: "required" } as const;
const GITHUB = "https://token.actions.githubusercontent.com";

function artifactOf(name: string): Artifact {
  return artifactOfBytes(readFileSync(join(NPM, name)));
}

describe.runIf(hasVectors("npm-provenance"))("npm's bundles", () => {
  const { root } = defaultRoot();

  it.for(PACKAGES)("$name: npm's key signed its publication", ({ name }) => {
    const { bundle, predicateType } = one(`${name}.json`, "publish");
    const authority = keyAuthority(
      [{ pem: NPM_KEY, from: "2022-12-01T00:00:00Z", to: "2025-01-29T00:00:00Z" }],
      { root, evidence: { ...ASK_NOTHING, tlog: "required" } },
    );
    const asked = { artifact: artifactOf(name), wanted: predicateType };
    const result = check(bundle, authority, asked);
    expect(result).toMatchObject({ outcome: "pass", signer: { kind: "key" } });
    expect(Date.parse(result.trustedTime ?? "")).toBeLessThan(Date.parse("2025-01-29T00:00:00Z"));
    // The key has ended since: without the log's time nothing says that it signed before.
    const unlogged = keyAuthority([{ pem: NPM_KEY, to: "2025-01-29T00:00:00Z" }]);
    expect(check(bundle, unlogged, asked)).toMatchObject({ outcome: "fail", check: "time" });
  });

  it.for(PACKAGES)(
    "$name: a workflow of $repository built it",
    ({ name, repository, workflow, id }) => {
      const { bundle, predicateType } = one(`${name}.json`, "provenance");
      const asked = { artifact: artifactOf(name), wanted: predicateType };
      const extensions = {
        sourceRepository: repository,
        sourceRepositoryId: id,
        runnerEnvironment: "github-hosted",
      };
      const identity = { evidence: LOGGED, issuer: GITHUB, extensions };
      const authority = workflowAuthority(root, {
        ...identity,
        subject: `${repository}/${workflow}`,
      });
      expect(check(bundle, authority, asked).outcome).toBe("pass");
      // The library by itself would take this part of the identity for all of it.
      const part = workflowAuthority(root, { ...identity, subject: repository });
      expect(check(bundle, part, asked)).toMatchObject({ outcome: "fail", check: "identity" });
      const other = { ...asked, artifact: artifactOfBytes(Buffer.from("another package")) };
      expect(check(bundle, authority, other)).toMatchObject({ outcome: "fail", check: "subject" });

      const tampered = one(name.replace(".tgz", "-invalidsigprov.tgz.json"), "provenance").bundle;
      const broken = check(tampered, authority, asked);
      expect(broken).toMatchObject({ outcome: "fail" });
      expect(["crypto", "log", "parse"]).toContain(broken.check);
    },
  );
});

describe.runIf(hasVectors("google-vsa"))("Google's verification summary", () => {
  it("is a bare envelope with a P1363 signature that its key made, about no digest of ours", () => {
    const bytes = readFileSync(join(VSA, "gke-gce-pre.bcid-vsa.jsonl"));
    const pem = readFileSync(join(VSA, "vsa_signing_public_key.pem"), "utf8");
    const artifact = artifactOfBytes(Buffer.from("an image"));
    const result = check(bytes, keyAuthority([pem]), { artifact });
    expect(result).toMatchObject({
      outcome: "fail",
      check: "subject",
      found: "_ (no digest of a known kind)",
      claim: {
        kind: "statement",
        statement: { predicateType: "https://slsa.dev/verification_summary/v1" },
      },
    });
    expect(result.checks.find((fact) => fact.check === "crypto")?.outcome).toBe("pass");
    const flipped = Buffer.from(bytes.toString().replace("bmIy2gfn", "bmIy2gfo"));
    expect(check(flipped, keyAuthority([pem]), { artifact }).check).toBe("crypto");
    expect(createHash("sha256").update(flipped).digest()).not.toEqual(
      createHash("sha256").update(bytes).digest(),
    );
  });
});
