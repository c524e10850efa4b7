import { describe, expect, it } from "vitest";
import { OWN_ANNOTATIONS, PROMOTION, VSA, type ActionResult } from "#model";
import { planDocument } from "#plan";
import { artifact, multiArch, seed } from "../../support/images.ts";
import type { Repository } from "../../support/registry/index.ts";
import { makePair, V03, type Pair } from "../../support/signing.ts";
import {
  API,
  openTrustWorkspace,
  promoted,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../../support/trust-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { applied, planned, rows } from "../run.ts";

const CHANNELS = "policies/channels.yaml";
const VERIFIER = "https://waybill.dev/verifier/v1";

function channelsWith(attestation: string): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] } }
  prod: { to: "prod/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] }, tags: { moving: { stable: newest-stable } }, attestation: ${attestation} }
`;
}

function signingFile(verifierId = VERIFIER, key = "policies/trust/waybill.pub"): string {
  return trustFile()
    .replace("rules:", `  waybill-prod: { key: { file: ${key} } }\nrules:`)
    .concat(`signing: { authority: waybill-prod, verifierId: "${verifierId}" }\n`);
}

interface Attesting extends TrustWorkspace {
  readonly bot: Pair;
  readonly env: Readonly<Record<string, string>>;
  readonly prod: Repository;
}

/** A workspace whose image is signed and whose channel prod wants our statements. */
async function attesting(attestation = "{ attach: auto }"): Promise<Attesting> {
  const bot = makePair();
  const workspace = await openTrustWorkspace({
    [CHANNELS]: channelsWith(attestation),
    "policies/trust.yaml": signingFile(),
    "policies/trust/waybill.pub": bot.pem,
  });
  seed(workspace.from, signatureOf(workspace.app, workspace.ci));
  return Object.assign(workspace, {
    bot,
    env: envOf(bot),
    prod: workspace.target.repository("prod/api"),
  });
}

function envOf(pair: Pair): Readonly<Record<string, string>> {
  return { WAYBILL_SIGN_KEY: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function told(results: readonly ActionResult[]): readonly string[] {
  return results
    .filter(({ action }) => action.channel === "prod")
    .map(({ action, status }) => [action.op, action.tag, status].filter((part) => part).join(" "));
}

interface Statement {
  readonly predicateType: string;
  readonly predicate: Record<string, unknown>;
  readonly subject: readonly object[];
  readonly digest: string;
  readonly channel: string | undefined;
}

/** Our own statements in a repository, as anybody reads them there. */
function statementsIn(repository: Repository): readonly Statement[] {
  return [...repository.manifests.entries()].flatMap(([digest, { bytes }]) => {
    const manifest = JSON.parse(bytes.toString()) as {
      annotations?: Record<string, string>;
      layers?: { digest: string }[];
    };
    const channel = manifest.annotations?.[OWN_ANNOTATIONS.channel];
    const blob = repository.blobs.get(manifest.layers?.[0]?.digest ?? "");
    if (channel === undefined || blob === undefined) return [];
    const { dsseEnvelope } = JSON.parse(blob.toString()) as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(
      Buffer.from(dsseEnvelope.payload, "base64").toString(),
    ) as Statement;
    return [{ ...statement, digest, channel }];
  });
}

const DONE = ["copy done", "tag stable done", "tag v1.0.0 done", "attest done"];

describe("what a channel promotes is attested (issue 5 §5)", () => {
  it("002-44 two statements, in prod alone, and the next run does nothing", async () => {
    await using workspace = await attesting();
    const { env, prod, target } = workspace;
    const { outcome, exitCode } = await applied(workspace, { env });
    expect(told(outcome.results)).toEqual(DONE);
    expect(exitCode).toBe(0);
    expect(
      statementsIn(prod)
        .map((one) => one.predicateType)
        .toSorted(),
    ).toEqual([VSA, PROMOTION].toSorted());
    expect(statementsIn(target.repository("dev/api"))).toEqual([]);
    const again = await applied(workspace, { env, deep: true });
    expect(again.outcome.results).toEqual([]);
    expect(again.exitCode).toBe(0);
  });

  it("002-44 says who asked, by which commit, under which plan and policy", async () => {
    await using workspace = await attesting();
    workspace.git(
      "commit",
      "-q",
      "--amend",
      "-m",
      "Merge pull request #812 from x/y\n\nApproved-by: Ola <o@example.com>",
    );
    const commit = workspace.git("rev-parse", "HEAD");
    workspace.commit({ "docs.md": "later" });
    const { plan } = await applied(workspace, { env: workspace.env });
    const [promotion] = statementsIn(workspace.prod).filter(
      (one) => one.predicateType === PROMOTION,
    );
    expect(promotion?.predicate).toMatchObject({
      channel: "prod",
      site: "oslo",
      environment: "eu",
      from: { repository: "registry.example.com/staging/api" },
      to: { repository: "registry.oslo.example.com/prod/api", digest: workspace.app.digest },
      tags: ["v1.0.0"],
      change: { commit, author: "a", pullRequest: { number: 812 }, approvers: ["Ola"], file: API },
      planDigest: plan.digest,
      admitted: {
        trust: "verified",
        rules: ["images"],
        evidence: [expect.stringMatching(/^sha256:/)],
      },
    });
    expect(JSON.stringify(promotion)).not.toContain("o@example.com");
  });

  it("writes them before any tag, so that a run that is killed leaves no tag without them", async () => {
    await using workspace = await attesting();
    const { env, target, prod } = workspace;
    await applied(workspace, { env });
    const puts = target.requests.filter(
      ({ method, kind, repository }) =>
        method === "PUT" && kind === "manifest" && repository === "prod/api",
    );
    const ours = new Set(statementsIn(prod).map(({ digest }) => digest));
    const statements = puts.flatMap(({ reference }, at) => (ours.has(reference ?? "") ? [at] : []));
    const tags = puts.flatMap(({ reference }, at) =>
      reference?.startsWith("sha256:") ? [] : [at],
    );
    expect(statements).toHaveLength(2);
    expect(Math.max(...statements)).toBeLessThan(Math.min(...tags));
  });

  it("gives no tag to what could not be attested, and the next run heals without signing twice", async () => {
    await using workspace = await attesting();
    const { env, target, prod } = workspace;
    let puts = 0;
    target.onRequest((_, { method, kind, repository, reference }) => {
      // The first of our two statements is written, the second is not.
      const isReferrer =
        method === "PUT" &&
        kind === "manifest" &&
        repository === "prod/api" &&
        reference !== workspace.app.digest;
      if (isReferrer) puts += 1;
      if (isReferrer && puts === 3)
        target.fault({
          match: { kind: "manifest", method: "PUT", repository: "prod/api", times: Infinity },
          do: { kind: "answer", status: 403 },
        });
    });
    const failed = await applied(workspace, { env });
    expect(failed.exitCode).toBe(1);
    expect([...prod.tags.keys()]).toEqual([]);
    target.clearFaults();
    const before = statementsIn(prod).length;
    expect(before).toBeGreaterThan(0);
    expect((await applied(workspace, { env })).exitCode).toBe(0);
    expect(statementsIn(prod)).toHaveLength(2);
  });

  it("repairs a lost one in a deep run, and signs no more than that one", async () => {
    await using workspace = await attesting();
    const { env, prod } = workspace;
    await applied(workspace, { env });
    const [lost, kept] = statementsIn(prod);
    prod.manifests.delete(lost?.digest ?? "");
    expect((await planned(workspace)).plan.actions).toEqual([]);
    const { outcome } = await applied(workspace, { env, deep: true });
    expect(told(outcome.results)).toEqual(["attest done"]);
    const now = statementsIn(prod);
    expect(now).toHaveLength(2);
    expect(now.map(({ digest }) => digest)).toContain(kept?.digest);
  });

  it("policy edits and another verifier id never sign again; another signer does", async () => {
    await using workspace = await attesting();
    const { env, prod } = workspace;
    await applied(workspace, { env });
    workspace.commit({ "policies/trust.yaml": signingFile("https://other.example.com/v2") });
    expect((await applied(workspace, { env, deep: true })).outcome.results).toEqual([]);
    const next = makePair();
    workspace.commit({ "policies/trust/waybill.pub": next.pem });
    const { outcome, plan } = await applied(workspace, { env: envOf(next), deep: true });
    expect(told(outcome.results)).toEqual(["attest done"]);
    expect(plan.notes.map(({ code }) => code)).toContain("superseded-statements");
    expect(statementsIn(prod)).toHaveLength(4);
    expect((await applied(workspace, { env: envOf(next), deep: true })).outcome.results).toEqual(
      [],
    );
  });

  it("is no part of the plan's digest", async () => {
    await using workspace = await attesting();
    const { plan } = await planned(workspace);
    expect(rows(plan)).toContain("attest v1.0.0 prod");
    workspace.commit({ [CHANNELS]: channelsWith("{ attach: none }") });
    const without = await planned(workspace);
    expect(without.plan.actions.some(({ op }) => op === "attest")).toBe(false);
    expect(without.plan.digest).toBe(plan.digest);
  });
});

describe("an attestation and --plan", () => {
  it("goes with what FILE places, and alone has to be named", async () => {
    await using workspace = await attesting();
    const { env, prod } = workspace;
    const { plan } = await planned(workspace);
    const placing = { ...plan, actions: plan.actions.filter(({ op }) => op !== "attest") };
    const planFile = { text: JSON.stringify(planDocument(placing)), name: "plan.json" };
    const { outcome, exitCode } = await applied(workspace, { env, planFile });
    expect(told(outcome.results)).toEqual(DONE);
    expect(exitCode).toBe(0);
    prod.manifests.delete(statementsIn(prod)[0]?.digest ?? "");
    const beyond = await applied(workspace, { env, planFile, deep: true });
    expect(told(beyond.outcome.results)).toEqual(["attest refused"]);
    expect(beyond.exitCode).toBe(4);
  });
});

describe("without a signer", () => {
  it("refuses with 2 before the first write", async () => {
    await using workspace = await attesting();
    await expect(applied(workspace)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("nothing was given to sign with") as string,
    });
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("refuses a key that is not the policy's, before the first write", async () => {
    await using workspace = await attesting();
    await expect(applied(workspace, { env: envOf(makePair()) })).rejects.toMatchObject({
      exitCode: 2,
      code: "sign-key",
    });
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("attests nothing where the policy has no signing, and says so", async () => {
    await using workspace = await attesting();
    workspace.commit({ "policies/trust.yaml": trustFile() });
    const { plan } = await planned(workspace);
    expect(plan.notes.map(({ code }) => code)).toContain("not-attested");
    expect((await applied(workspace)).exitCode).toBe(0);
    expect(statementsIn(workspace.prod)).toEqual([]);
  });
});

describe("where it goes", () => {
  it.for([
    { attach: "auto", legacy: false, harbor: false, at: "prod/api" },
    { attach: "auto", legacy: true, harbor: false, at: "prod/api-evidence" },
    { attach: "auto", legacy: false, harbor: true, at: "prod/api-evidence" },
    { attach: "subject", legacy: true, harbor: true, at: "prod/api" },
    { attach: "separate", legacy: false, harbor: false, at: "prod/api-evidence" },
  ])(
    "attach: $attach, only an older signature: $legacy, Harbor: $harbor → $at",
    async ({ attach, legacy, harbor, at }) => {
      await using workspace = await attesting(`{ attach: ${attach} }`);
      const { env, target, from } = workspace;
      if (legacy) {
        from.manifests.delete(
          [...from.manifests.keys()].find((digest) => digest !== workspace.app.digest) ?? "",
        );
        seed(from, artifact({ files: { sig: "x" } }), [
          `${workspace.app.digest.replace(":", "-")}.sig`,
        ]);
        workspace.commit({
          "policies/trust.yaml": signingFile()
            .replace(/rules:[\s\S]*(?=signing:)/, "noMatch: allow\n")
            .replace(/  ci:.*\n/, ""),
        });
      }
      if (harbor)
        workspace.commit({
          "policies/registries.yaml": workspace
            .read("policies/registries.yaml")
            .replace(/(registry.oslo.example.com: \{.*?) \}/, "$1, product: harbor }"),
        });
      const { plan, exitCode } = await applied(workspace, { env });
      expect(exitCode).toBe(0);
      expect(statementsIn(target.repository(at))).toHaveLength(2);
      const others = target.repositoryNames().filter((name) => name !== at);
      expect(others.flatMap((name) => statementsIn(target.repository(name)))).toEqual([]);
      const reason = plan.actions.find(({ op }) => op === "attest")?.reason ?? "";
      if (harbor) expect(reason).toContain("Harbor");
      if (legacy) expect(reason).toContain("cosign 3");
      expect((await applied(workspace, { env, deep: true })).outcome.results).toEqual([]);
    },
  );

  it("coverage all: the index and each platform, by one signature each", async () => {
    await using workspace = await attesting("{ attach: auto, coverage: all }");
    const { env, from, prod, ci } = workspace;
    const built = multiArch();
    seed(from, built, ["v2.0.0"]);
    seed(from, signatureOf(built, ci));
    const to = "channels: [dev, prod]";
    const lines = [versionLine("v1.0.0", workspace.app, to), versionLine("v2.0.0", built, to)];
    workspace.commit({ [API]: promotion("api", ...lines) });
    const { exitCode } = await applied(workspace, { env });
    expect(exitCode).toBe(0);
    const ours = statementsIn(prod).filter(({ subject }) => subject.length > 1);
    expect(ours).toHaveLength(6);
    expect(new Set(ours.map(({ subject }) => subject.length))).toEqual(new Set([3]));
    prod.manifests.delete(ours[3]?.digest ?? "");
    const { outcome } = await applied(workspace, { env, deep: true });
    expect(told(outcome.results)).toEqual(["attest done"]);
    expect(statementsIn(prod)).toHaveLength(8);
  });

  it("a copy leaves our statements about another repository behind", async () => {
    await using workspace = await attesting();
    const { env, app, from, prod } = workspace;
    seed(
      from,
      artifact({
        subject: app,
        artifactType: V03,
        fileType: V03,
        files: { b: "{}" },
        annotations: {
          [OWN_ANNOTATIONS.predicateType]: PROMOTION,
          [OWN_ANNOTATIONS.channel]: "prod",
          [OWN_ANNOTATIONS.repository]: "registry.example.com/staging/api",
        },
      }),
    );
    await applied(workspace, { env });
    expect(statementsIn(prod)).toHaveLength(2);
    expect((await applied(workspace, { env, deep: true })).outcome.results).toEqual([]);
  });

  it("20: our own statement, moved to another repository, is none there", async () => {
    await using workspace = await attesting();
    const { env, prod, target } = workspace;
    await applied(workspace, { env });
    const moved = statementsIn(prod).map(({ digest }) => digest);
    workspace.commit({
      [CHANNELS]: channelsWith("{ attach: auto }").replace("prod/{name}", "live/{name}"),
    });
    const live = target.repository("live/api");
    for (const digest of moved) {
      const manifest = prod.manifests.get(digest);
      if (manifest !== undefined) live.manifests.set(digest, manifest);
    }
    for (const [digest, bytes] of prod.blobs) live.blobs.set(digest, bytes);
    const { outcome } = await applied(workspace, { env });
    expect(told(outcome.results)).toEqual(DONE);
    expect(statementsIn(live)).toHaveLength(4);
  });
});

describe("what may not be placed is not attested", () => {
  it("a refused version gets no statement, and needs no signer", async () => {
    await using workspace = await attesting();
    const { prod, from, app } = workspace;
    for (const digest of from.manifests.keys())
      if (digest !== app.digest) from.manifests.delete(digest);
    const { exitCode, outcome } = await applied(workspace);
    expect(exitCode).toBe(4);
    expect(told(outcome.results)).toEqual([]);
    expect(statementsIn(prod)).toEqual([]);
    expect(workspace.read(API)).toContain(promoted(app).slice(0, 40));
  });
});
