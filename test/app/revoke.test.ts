import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { revoke, type EditAnswer, type RevokeRequest } from "#app";
import { image } from "../support/images.ts";
import { digest } from "../support/promotions.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { calm, NOW } from "./run.ts";

const FILE = "policies/revocations.yaml";
const API = "promotions/payments/api.yaml";
const one = image({ seed: "one" });
const two = image({ seed: "two" });
const three = image({ seed: "three" });

/** v1.4.0 held `one`, was retired, taken out, and came back as `two`; v1.4.1 is `three`. */
async function withPast(): Promise<Workspace> {
  const workspace = await openWorkspace();
  workspace.commit({ [API]: promotion("api", versionLine("v1.4.0", one, "channels: []")) });
  workspace.commit({
    [API]: promotion(
      "api",
      versionLine("v1.4.1", three, "channels: [staging]"),
      versionLine("v1.4.0", two, "channels: []"),
    ),
  });
  return workspace;
}

function asked({ root }: Workspace, over: Partial<RevokeRequest>): Promise<EditAnswer> {
  return revoke({ root, folder: root, now: NOW, reason: "it leaks", ...over }, calm());
}

/** The entries of the file, a line each. */
function entries(workspace: Workspace): readonly string[] {
  return (
    workspace
      .read(FILE)
      .split(/revocations:.*\n/)[1]
      ?.trimEnd()
      .split("\n") ?? []
  );
}

describe("waybill revoke", () => {
  it("003-13 writes the file where there is none, with a version's digest, reason and time", async () => {
    await using workspace = await withPast();
    const answer = await asked(workspace, {
      target: "payments/api@v1.4.1",
      reason: "CVE-2026-1234, no fix",
      reference: "https://example.com/7",
    });
    expect(answer).toMatchObject({ kind: "written", file: FILE });
    expect(workspace.read(FILE))
      .toBe(`# yaml-language-server: $schema=../schemas/revocations.v1.json
apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { digest: "${three.digest}", reason: "CVE-2026-1234, no fix", reference: https://example.com/7, at: 2026-11-21T12:00:00Z }
`);
  });

  it("revokes every digest that a version ever held on the branch", async () => {
    await using workspace = await withPast();
    await asked(workspace, { target: "payments/api@1.4.0", at: "2026-11-20T00:00:00Z" });
    expect(entries(workspace)).toEqual(
      [one.digest, two.digest]
        .toSorted()
        .map((each) => `  - { digest: "${each}", reason: it leaks, at: 2026-11-20T00:00:00Z }`),
    );
  });

  it("writes in every digest that a range of versions ever held", async () => {
    await using workspace = await withPast();
    await asked(workspace, { target: "payments/api", versions: ">=1.4.0 <1.4.2" });
    const digests = [one, two, three].map((each) => each.digest).toSorted();
    expect(entries(workspace)).toEqual([
      "  - project: payments",
      "    name: api",
      '    versions: ">=1.4.0 <1.4.2"',
      "    digests:",
      ...digests.map((each) => `      - "${each}"`),
      "    reason: it leaks",
      "    at: 2026-11-21T12:00:00Z",
    ]);
  });

  it("takes no digest from a branch that was merged: there it was never in force", async () => {
    await using workspace = await withPast();
    workspace.git("checkout", "-q", "-b", "feature");
    const before = workspace.read(API);
    workspace.commit({
      [API]: `${before}  - { ${versionLine("v1.4.9", image({ seed: "tried" }), "channels: []")} }\n`,
    });
    workspace.commit({
      [API]: `${before}  - { ${versionLine("v1.4.9", image({ seed: "kept" }), "channels: []")} }\n`,
    });
    workspace.git("checkout", "-q", "main");
    workspace.git("merge", "-q", "--no-ff", "-m", "merge", "feature");
    await asked(workspace, { target: "payments/api", versions: "1.4.9" });
    expect(entries(workspace)).toEqual([
      `  - { project: payments, name: api, versions: "1.4.9", digests: ["${image({ seed: "kept" }).digest}"], reason: it leaks, at: 2026-11-21T12:00:00Z }`,
    ]);
  });

  it("revokes what is in no file any more", async () => {
    await using workspace = await withPast();
    workspace.git("rm", "-q", API);
    workspace.commit();
    expect(await asked(workspace, { target: "payments/api@v1.4.1" })).toMatchObject({
      kind: "written",
    });
    expect(workspace.read(FILE)).toContain(three.digest);
  });

  it("a digest or a key needs no promotion file; without --at no signature of a key stands", async () => {
    await using workspace = await openWorkspace();
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    workspace.write("lost.pub", publicKey.export({ type: "spki", format: "pem" }).toString());
    await asked(workspace, { target: digest(7) });
    await asked(workspace, { key: "lost.pub", reason: "key lost" });
    expect(entries(workspace)).toEqual([
      `  - { digest: "${digest(7)}", reason: it leaks, at: 2026-11-21T12:00:00Z }`,
      expect.stringMatching(/^ {2}- \{ key: "sha256:[0-9a-f]{64}", reason: key lost \}$/),
    ]);
  });

  it("says so and changes nothing where it is revoked already", async () => {
    await using workspace = await withPast();
    await asked(workspace, { target: "payments/api", versions: "1.4.x" });
    const before = workspace.read(FILE);
    const again = await asked(workspace, { target: "payments/api", versions: "1.4.x" });
    expect(again.kind).toBe("unchanged");
    expect(workspace.read(FILE)).toBe(before);
  });

  it("adds to an entry the digests that it lacks, and nothing else", async () => {
    await using workspace = await withPast();
    workspace.write(
      FILE,
      `apiVersion: waybill.dev/v1
kind: Revocations
revocations: # for ever
  - { project: payments, name: api, versions: "1.4.x", digests: ["${one.digest}"], reason: old } # SEC-1
`,
    );
    await asked(workspace, { target: "payments/api", versions: "1.4.x" });
    const [line = ""] = entries(workspace).filter((each) => each.includes("1.4.x"));
    expect(line).toContain("reason: old } # SEC-1");
    for (const each of [one, two, three]) expect(line).toContain(each.digest);
  });

  it.for([
    ["is in force again", "rescinded: { at: 2026-11-01T00:00:00Z, reason: found }, ", "", ""],
    ["covers children again", "", "only: true, ", ""],
  ] as const)("an entry %s, on its own line", async ([, rescinded, only]) => {
    await using workspace = await openWorkspace();
    workspace.write(
      FILE,
      `apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { digest: "${digest(7)}", ${only}${rescinded}reason: old }
`,
    );
    await asked(workspace, { target: digest(7), reason: "again" });
    expect(entries(workspace)).toEqual([
      `  - { digest: "${digest(7)}", reason: ${rescinded === "" ? "old" : "again"} }`,
    ]);
  });

  it.for([
    ["earlier than it was", "2026-09-01T00:00:00Z", ", at: 2026-09-01T00:00:00Z"],
    ["later: as it was", "2026-12-01T00:00:00Z", ", at: 2026-10-02T00:00:00Z"],
    ["at any time", undefined, ""],
  ] as const)("an authority's signatures fall %s", async ([, at, expected]) => {
    await using workspace = await openWorkspace();
    workspace.commit({
      "policies/trust.yaml": TRUST,
      "policies/a.pub": PUBLIC,
      [FILE]: `apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { authority: release-key, reason: key lost, at: 2026-10-02T00:00:00Z }
`,
    });
    await asked(workspace, { authority: "release-key", at });
    expect(entries(workspace)).toEqual([
      `  - { authority: release-key, reason: key lost${expected} }`,
    ]);
  });

  it.for([
    ["an unknown version", { target: "payments/api@v9.9.9" }, "lists no version v9.9.9"],
    ["an artifact without version", { target: "payments/api" }, "names no version"],
    ["an unknown artifact", { target: "payments/none@v1" }, "never was on this branch"],
    ["no range", { target: "payments/api", versions: "new" }, "no range of SemVer"],
    ["no time", { target: "payments/api@v1.4.1", at: "soon" }, "--at soon is no time"],
    ["an unknown authority", { authority: "nobody" }, "no authority nobody"],
    ["a missing key", { key: "none.pub" }, "none.pub cannot be read"],
  ] as const)("refuses %s", async ([, over, words]) => {
    await using workspace = await withPast();
    await expect(asked(workspace, over)).rejects.toThrow(words);
  });

  it("refuses to guess where the clone does not have the whole past", async () => {
    await using workspace = await withPast();
    const clone = `${workspace.root}/clone`;
    workspace.git("clone", "-q", "--depth", "1", `file://${workspace.root}`, clone);
    await expect(
      revoke(
        { root: clone, folder: clone, now: NOW, reason: "x", target: "payments/api@v1.4.1" },
        calm(),
      ),
    ).rejects.toThrow("does not have the whole history");
  });
});

const PUBLIC: string = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  release-key: { key: { file: policies/a.pub } }
rules:
  - { name: all, require: [{ signature: { anyOf: [release-key] } }] }
`;
