import { describe, expect, it } from "vitest";
import { makeStyle, planMarkdown, planText } from "#report";
import { image, seed } from "../../support/images.ts";
import { makePair } from "../../support/signing.ts";
import {
  API,
  bundleOf,
  channels,
  openTrustWorkspace,
  promoted,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../../support/trust-workspace.ts";
import { openWorkspace } from "../../support/workspace.ts";
import { applied, NOW, planned, rows } from "../run.ts";

const PROMOTION = "https://waybill.dev/promotion/v1";
const DEV = ["copy v1.0.0 dev", "tag v1.0.0 dev v1.0.0"];
const PROD = ["copy v1.0.0 prod", "tag v1.0.0 prod stable", "tag v1.0.0 prod v1.0.0"];

async function blockedCodes(workspace: TrustWorkspace): Promise<readonly string[]> {
  const { plan } = await planned(workspace);
  return [...new Set(plan.blocked.map(({ code, channel }) => `${code} ${channel ?? ""}`))];
}

describe("a plan under a trust policy", () => {
  it("003-31 003-32 refuses an unsigned image from prod and allows it in dev; the rest is applied, exit 4", async () => {
    await using workspace = await openTrustWorkspace();
    const { plan, exitCode, findings } = await planned(workspace);
    expect(rows(plan)).toEqual(DEV);
    expect(plan.blocked.map(({ code, key }) => `${code} ${key?.op ?? ""}`)).toEqual([
      "trust.signature copy",
      "trust.signature tag",
    ]);
    expect(plan.blocked[0]).toMatchObject({
      verdict: "refuse",
      hint: expect.stringMatching(/sign/),
    });
    expect(exitCode).toBe(4);
    expect(findings.map(({ file, code }) => `${file} ${code}`)).toContain(`${API} trust.signature`);
    const done = await applied(workspace);
    expect(done.exitCode).toBe(4);
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
    expect((await applied(workspace)).outcome.planned).toBe(0);
  });

  it("000-18 takes what is signed, with the evidence that lets it in, to the destination", async () => {
    await using workspace = await openTrustWorkspace();
    const signature = signatureOf(workspace.app, workspace.ci);
    seed(workspace.from, signature);
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual([...DEV, ...PROD]);
    expect(exitCode).toBe(0);
    const copy = plan.actions.find(({ op, channel }) => op === "copy" && channel === "prod");
    expect(copy).toMatchObject({
      admittedBy: [signature.digest],
      decision: { trust: "verified", verdict: "allow" },
    });
    expect((await applied(workspace)).exitCode).toBe(0);
    const prod = workspace.target.repository("prod/api");
    expect(prod.tags.get("stable")).toBe(workspace.app.digest);
    expect(prod.manifests.has(signature.digest)).toBe(true);
  });

  it("000-20 shows trust in words, in text and Markdown", async () => {
    await using workspace = await openTrustWorkspace();
    const refused = (await planned(workspace)).plan;
    const text = planText(refused, makeStyle(false));
    expect(text).toContain("! refused  v1.0.0 for prod at oslo: trust.signature");
    expect(text).toContain("not written: stable");
    expect(text).toContain("trust unverified: payments/api@v1.0.0 may enter dev");
    expect(text).not.toContain("\u001b");
    expect(planMarkdown(refused)).toContain("- **refused** `v1.0.0` `oslo` `trust.signature`");
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    const { plan } = await planned(workspace);
    expect(planText(plan, makeStyle(false))).toContain("trust verified: payments/api@v1.0.0");
    expect(planMarkdown(plan)).toContain("- **trust verified**: payments/api");
  });

  it("003-28 lets pass with a warning what a rule only warns of", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile(undefined, "    mode: warn\n"),
    });
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual([...DEV, ...PROD]);
    expect(exitCode).toBe(0);
    const text = planText(plan, makeStyle(false));
    expect(text).toContain("! warning  trust.signature:");
    expect(text).toContain("3 with a warning");
    expect(planMarkdown(plan)).toContain("- **warning** `trust.signature`");
  });

  it("somebody else's signature is not enough, and says why", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, makePair()));
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual(DEV);
    expect(exitCode).toBe(4);
    expect(plan.blocked[0]?.reason).toMatch(/^Rule images asks for signature: sha256:/);
  });

  it("promise 3: evidence that cannot be read is not known, exit 1, and its channel alone waits", async () => {
    await using workspace = await openTrustWorkspace();
    const bundle = signatureOf(workspace.app, workspace.ci);
    seed(workspace.from, bundle);
    const [, layer] = bundle.blobs;
    workspace.source.fault({
      match: { kind: "blob", reference: layer?.digest ?? "", times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual(DEV);
    expect(plan.blocked.map(({ code, verdict }) => `${code} ${verdict ?? ""}`)).toEqual([
      "trust.signature unknown",
      "trust.signature unknown",
    ]);
    expect(exitCode).toBe(1);
    expect(planText(plan, makeStyle(false))).toContain("! undecided  v1.0.0 for prod");
  });

  it("reads no evidence of what is completely placed", async () => {
    await using workspace = await openTrustWorkspace();
    await using plain = await openWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    const app = image({ seed: "app" });
    const bare = plain.source.repository("staging/api");
    seed(bare, app, ["v1.0.0"]);
    seed(bare, signatureOf(app, workspace.ci));
    plain.commit({ "policies/channels.yaml": channels() });
    plain.commit({ [API]: promoted(app) });
    for (const one of [workspace, plain]) {
      expect((await applied(one)).exitCode).toBe(0);
      one.source.reset();
      one.target.reset();
      expect((await planned(one)).plan.actions).toEqual([]);
    }
    expect(asked(workspace)).toEqual(asked(plain));
    expect(workspace.source.count({ kind: "referrers" })).toBe(0);
  });

  it("003-11 what has lapsed since stays where it is, and is not repaired or moved", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    expect((await applied(workspace)).exitCode).toBe(0);
    workspace.commit({ "policies/trust/ci.pub": makePair().pem });
    const { plan, exitCode } = await planned(workspace);
    expect([rows(plan), plan.blocked, exitCode]).toEqual([[], [], 0]);
    workspace.target.repository("prod/api").tags.delete("stable");
    expect(await blockedCodes(workspace)).toEqual(["trust.signature prod"]);
  });
});

/** What was asked of a workspace's stores, sorted. */
function asked({ source, target }: Pick<TrustWorkspace, "source" | "target">): readonly string[] {
  return [...source.requests, ...target.requests]
    .map(({ method, kind, path }) => `${method} ${kind} ${path}`)
    .toSorted();
}

describe("what a channel requires", () => {
  it.for<readonly [string, string, readonly string[]]>([
    ["a verified artifact", "trust: verified", ["trust.signature prod"]],
    ["a rule by name", "rules: [images]", ["trust.signature prod"]],
    ["a pre-release", "versions: prerelease", ["requires.versions prod"]],
    ["another kind", "kinds: [helm-chart]", ["requires.kinds prod"]],
    ["another project", "projects: [web]", ["requires.projects prod"]],
    ["a platform that is not there", "platforms: [linux/s390x]", ["requires.platforms prod"]],
  ])("003-32 refuses what is not %s", async ([, requires, codes]) => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": channels({ requires }),
      "policies/trust.yaml": codes[0]?.startsWith("trust.")
        ? trustFile()
        : trustFile(undefined, "    mode: warn\n"),
    });
    expect(await blockedCodes(workspace)).toEqual(codes);
    expect((await planned(workspace)).exitCode).toBe(4);
  });

  it("without a trust file nothing is verified, and a channel that asks for it takes nothing", async () => {
    await using workspace = await openWorkspace();
    const app = image({ seed: "app" });
    seed(workspace.source.repository("staging/api"), app, ["v1.0.0"]);
    workspace.commit({ "policies/channels.yaml": channels({ requires: "trust: verified" }) });
    workspace.commit({ [API]: promoted(app) });
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual(DEV);
    expect(new Set(plan.blocked.map(({ code }) => code))).toEqual(new Set(["requires.trust"]));
    expect(exitCode).toBe(4);
  });
});

function nextDay(): Date {
  return new Date(NOW.getTime() + 24 * 3_600_000);
}

describe("soak", () => {
  const WAYBILL = makePair();
  const files = {
    "policies/channels.yaml": channels({ requires: "soak: 24h" }),
    "policies/trust/waybill.pub": WAYBILL.pem,
    "policies/trust.yaml": `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  waybill: { key: { file: policies/trust/waybill.pub } }
signing: { authority: waybill, verifierId: "https://waybill.dev/verifier/v1" }
rules: []
`,
  };

  /** A workspace whose image has been in dev for so many hours, by our own statement. */
  async function since(hours: number | undefined): Promise<TrustWorkspace> {
    const workspace = await openTrustWorkspace(files);
    const { app } = workspace;
    if (hours === undefined) return workspace;
    const place = { repository: "registry.oslo.example.com/dev/api", digest: app.digest };
    const dev = workspace.target.repository("dev/api");
    seed(dev, app, ["v1.0.0"]);
    const time = new Date(NOW.getTime() - hours * 3_600_000).toISOString();
    const statement = { time, channel: "dev", site: "oslo", to: place };
    seed(dev, bundleOf(app, WAYBILL, PROMOTION, statement));
    return workspace;
  }

  it("that is not over is planned with its time, exit 3, and apply skips it until then", async () => {
    await using workspace = await since(6);
    const { plan, exitCode } = await planned(workspace);
    const notBefore = new Date(NOW.getTime() + 18 * 3_600_000).toISOString();
    expect(rows(plan)).toEqual(PROD);
    expect(plan.actions.map((action) => action.notBefore)).toEqual(PROD.map(() => notBefore));
    expect(exitCode).toBe(3);
    const done = await applied(workspace);
    expect(done.exitCode).toBe(3);
    expect(done.outcome.results.map(({ status, code }) => `${status} ${code ?? ""}`)).toEqual(
      PROD.map(() => "skipped waits"),
    );
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
    const later = await applied(workspace, { now: nextDay });
    expect([later.exitCode, later.outcome.observed]).toEqual([0, 3]);
    expect(later.plan.digest).toBe(plan.digest);
  });

  it("without a statement of ours is not known, and refused", async () => {
    await using workspace = await since(undefined);
    const { plan, exitCode } = await planned(workspace);
    expect(rows(plan)).toEqual(DEV);
    expect(plan.blocked[0]).toMatchObject({ code: "requires.soak", verdict: "unknown" });
    expect(exitCode).toBe(1);
  });
});

function revoking(digest: string): Readonly<Record<string, string>> {
  return {
    "policies/revocations.yaml": `apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { digest: "${digest}", reason: "CVE-2026-1234, no fix", at: 2026-11-20T10:00:00Z }
`,
  };
}

describe("threat 12: 003-13 revocation", () => {
  it("beats everything: no new copy and no new tag, in any channel, with or without a policy", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    workspace.commit(revoking(workspace.app.digest));
    expect(await blockedCodes(workspace)).toEqual(["revoked dev", "revoked prod"]);
    workspace.git("rm", "-q", "policies/trust.yaml", "policies/trust/ci.pub");
    workspace.commit();
    expect(await blockedCodes(workspace)).toEqual(["revoked dev", "revoked prod"]);
  });

  it("of a version that no line names any more is seen by the digest that held it", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    expect((await applied(workspace)).exitCode).toBe(0);
    workspace.commit({
      [API]: promoted(workspace.app).replace("v1.0.0", "v2.0.0"),
      "policies/revocations.yaml": `apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { project: payments, name: api, versions: "=1.0.0", reason: bad }
`,
    });
    // The line was renamed, which a base would refuse; here only names count.
    workspace.commit();
    const { plan } = await planned(workspace);
    expect(new Set(plan.blocked.map(({ code }) => code))).toContain("revoked");
    expect(plan.notes.map(({ code }) => code)).toContain("revoked-in-place");
    expect(plan.actions.every(({ destructive }) => destructive)).toBe(true);
  });

  it("lists where it is placed, and proposes removal as a step that nobody takes by accident", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    expect((await applied(workspace)).exitCode).toBe(0);
    workspace.commit(revoking(workspace.app.digest));
    workspace.target.reset();
    workspace.source.reset();
    const { plan, exitCode } = await planned(workspace);
    expect(exitCode).toBe(4);
    expect(plan.notes.map(({ code }) => code)).toEqual(["revoked-in-place", "revoked-in-place"]);
    expect(plan.notes[0]?.message).toMatch(/dev at oslo/);
    expect(plan.actions.every(({ destructive }) => destructive)).toBe(true);
    expect(rows(plan)).toContain("untag v1.0.0 dev v1.0.0");
    expect(workspace.source.count({ kind: "referrers" })).toBe(0);
    const done = await applied(workspace);
    expect(done.exitCode).toBe(4);
    expect(done.outcome.observed).toBe(0);
    expect(workspace.target.repository("prod/api").tags.get("stable")).toBe(workspace.app.digest);
  });
});

describe("without a trust policy", () => {
  it("no evidence is read for a decision, and the plan says nothing of trust", async () => {
    await using workspace = await openWorkspace();
    const app = image({ seed: "app" });
    seed(workspace.source.repository("staging/api"), app, ["v1.0.0"]);
    workspace.commit({ [API]: promoted(app, "staging") });
    const { document } = await planned(workspace);
    expect(JSON.stringify(document)).not.toMatch(/decision|admittedBy|verdict|trust/);
    expect(workspace.source.count({ kind: "blob" })).toBe(0);
  });
});
