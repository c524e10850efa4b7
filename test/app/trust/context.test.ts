import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validate } from "#app";
import { createHash } from "node:crypto";
import { seed } from "../../support/images.ts";
import { makePair } from "../../support/signing.ts";
import { makeInstance, rootBytes } from "../../support/sigstore.ts";
import {
  channels,
  openTrustWorkspace,
  signatureOf,
  trustFile,
} from "../../support/trust-workspace.ts";
import { openWorkspace, type Workspace } from "../../support/workspace.ts";
import { calm } from "../run.ts";
import { decided, loaded, verdictOf } from "./deciding.ts";

const TRUST = "policies/trust.yaml";
const KEY = "policies/trust/ci.pub";
const REVOCATIONS = "policies/revocations.yaml";

async function codes({ root }: Workspace, base?: string): Promise<readonly string[]> {
  const { diagnostics } = await validate({ root, base }, calm());
  return diagnostics.map(({ code }) => code);
}

function revoking(digest: string, more = ""): string {
  return `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n  - { digest: "${digest}", reason: leaks${more} }\n`;
}

describe("promise 11, threat 14: the policy in force is the base's", () => {
  it("with every file that it names: nobody brings a key and what it signed in one merge", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, from } = workspace;
    const base = workspace.git("rev-parse", "HEAD");
    const thief = makePair();
    workspace.commit({ [KEY]: thief.pem });
    seed(from, signatureOf(app, thief));
    expect(verdictOf(await decided(workspace, { since: base }))).toContain("refuse");
    expect(verdictOf(await decided(workspace))).toBe("allow verified");
  });

  it("a rule that the head drops, and a channel's requires that it drops, still hold", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": channels({ requires: "versions: prerelease" }),
    });
    const base = workspace.git("rev-parse", "HEAD");
    workspace.git("rm", "-q", TRUST);
    workspace.commit({ "policies/channels.yaml": channels() });
    expect(verdictOf(await decided(workspace, { since: base }))).toBe(
      "refuse unverified trust.signature requires.versions",
    );
    expect(verdictOf(await decided(workspace))).toBe("allow unverified");
  });

  it("HEAD's where nothing is named, not the work tree's", async () => {
    await using workspace = await openTrustWorkspace();
    workspace.write(TRUST, trustFile(["signature: { anyOf: [ci] }"], "    mode: warn\n"));
    expect((await decided(workspace)).result.decision).toBe("refuse");
    workspace.commit();
    expect((await decided(workspace)).result.decision).toBe("warn");
  });

  it("the work tree's where there is no git", async () => {
    await using workspace = await openTrustWorkspace();
    rmSync(join(workspace.root, ".git"), { recursive: true });
    const { trust } = await loaded(workspace);
    expect(trust).toMatchObject({ revision: undefined });
    expect([...(trust?.authorities.keys() ?? [])]).toEqual(["ci"]);
    expect((await decided(workspace)).result.decision).toBe("refuse");
  });

  it("has one digest over all its files, whatever else changes", async () => {
    await using workspace = await openTrustWorkspace();
    async function digestNow(): Promise<string | undefined> {
      return (await loaded(workspace)).trust?.policyDigest;
    }
    const first = await digestNow();
    expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
    workspace.commit({ "README.md": "a change" });
    expect(await digestNow()).toBe(first);
    workspace.commit({ [KEY]: makePair().pem });
    expect(await digestNow()).not.toBe(first);
  });

  it.for([
    ["is no YAML", { [TRUST]: "rules: [" }],
    ["names a key that is not there", { [TRUST]: trustFile().replace("ci.pub", "gone.pub") }],
    [
      "names a key that is none",
      { [KEY]: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" },
    ],
  ] as const)(
    "where it %s nothing passes, and the pull request that repairs it is told why",
    async ([, broken]) => {
      await using workspace = await openTrustWorkspace();
      const { app, ci, from } = workspace;
      seed(from, signatureOf(app, ci));
      const base = workspace.commit(broken);
      workspace.commit({ [TRUST]: trustFile(), [KEY]: ci.pem });
      expect(verdictOf(await decided(workspace, { since: base }))).toBe(
        "unknown unverified trust.policy-broken",
      );
      expect(verdictOf(await decided(workspace))).toBe("allow verified");
    },
  );
});

describe("links among the policies", () => {
  it("a key that is a link is an error in the tree, and is no key at the base", async () => {
    await using workspace = await openTrustWorkspace();
    const { root, ci, app, from } = workspace;
    seed(from, signatureOf(app, ci));
    workspace.write("policies/trust/real.pub", ci.pem);
    rmSync(join(root, KEY));
    symlinkSync("real.pub", join(root, KEY));
    const base = workspace.commit();
    expect(await codes(workspace)).toEqual(["policy-symlink"]);
    rmSync(join(root, KEY));
    workspace.commit({ [KEY]: ci.pem });
    expect(verdictOf(await decided(workspace, { since: base }))).toContain("policy-broken");
  });

  it("a trust file that is one is an error, and no policy", async () => {
    await using workspace = await openTrustWorkspace();
    workspace.write("policies/other/trust.txt", trustFile());
    rmSync(join(workspace.root, TRUST));
    symlinkSync("other/trust.txt", join(workspace.root, TRUST));
    const base = workspace.commit();
    expect(await codes(workspace)).toEqual(["policy-symlink"]);
    rmSync(join(workspace.root, TRUST));
    workspace.commit({ [TRUST]: trustFile() });
    expect(verdictOf(await decided(workspace, { since: base }))).toContain("policy-broken");
  });
});

describe("validate tells of trust files like of all others", () => {
  const instance = makeInstance();
  const root = rootBytes(instance.root).toString();

  function withRoot(text: string, more = ""): Readonly<Record<string, string>> {
    const sha256 = createHash("sha256").update(text).digest("hex");
    return {
      "policies/trust/root.json": text,
      [TRUST]: `${trustFile()}roots:\n  own: { file: policies/trust/root.json, sha256: "${sha256}", fetchedAt: 2026-11-01${more} }\n`,
    };
  }

  it.for([
    [
      "a key that is none",
      { [KEY]: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" },
      "key-unreadable",
    ],
    ["a root that is no JSON", withRoot("<html>"), "root-not-json"],
    [
      "a root whose log has no start of validity",
      withRoot(root.replaceAll('"start"', '"begin"')),
      "root-unreadable",
    ],
    [
      "a rule of a channel that nobody wrote",
      { "policies/channels.yaml": channels({ requires: "rules: [none]" }) },
      "unknown-rule",
    ],
    [
      "a key that has expired, on which a rule depends alone",
      {
        [TRUST]: trustFile().replace(
          "key: { file: policies/trust/ci.pub }",
          "keys: [{ file: policies/trust/ci.pub, validTo: 2020-01-01 }]",
        ),
      },
      "key-expired",
    ],
  ] as const)("%s", async ([, files, code]) => {
    await using workspace = await openTrustWorkspace(files);
    expect(await codes(workspace)).toContain(code);
  });

  it("a root that is good is prepared for those who name it", async () => {
    await using workspace = await openTrustWorkspace(withRoot(root));
    expect((await codes(workspace)).filter((code) => code.startsWith("root"))).toEqual([]);
  });

  it("a revocation that is taken back without a word", async () => {
    await using workspace = await openTrustWorkspace();
    const base = workspace.commit({ [REVOCATIONS]: revoking(workspace.app.digest) });
    workspace.git("rm", "-q", REVOCATIONS);
    workspace.commit();
    expect(await codes(workspace, base)).toContain("revocation-removed");
    workspace.commit({
      [REVOCATIONS]: revoking(
        workspace.app.digest,
        ", rescinded: { at: 2026-11-01T00:00:00Z, reason: wrong }",
      ),
    });
    expect(await codes(workspace, base)).toEqual([]);
    expect(verdictOf(await decided(workspace, { since: base }))).toContain("revoked");
    expect(verdictOf(await decided(workspace))).not.toContain("revoked");
  });
});

describe("where nobody asks for trust", () => {
  it("there is no context", async () => {
    await using workspace = await openWorkspace();
    expect((await loaded(workspace)).trust).toBeUndefined();
    expect(await codes(workspace)).toEqual([]);
  });

  it.for([
    ["requires", { "policies/channels.yaml": channels({ requires: "versions: release" }) }],
    ["revocations", { [REVOCATIONS]: revoking(`sha256:${"0".repeat(64)}`) }],
  ] as const)("%s alone are enough for one", async ([, files]) => {
    await using workspace = await openWorkspace();
    workspace.commit(files);
    expect((await loaded(workspace)).trust).toBeDefined();
  });
});
