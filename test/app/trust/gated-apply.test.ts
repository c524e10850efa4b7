import { describe, expect, it } from "vitest";
import type { ActionResult } from "#model";
import { planDocument } from "#plan";
import { seed } from "../../support/images.ts";
import { makePair } from "../../support/signing.ts";
import {
  API,
  openTrustWorkspace,
  promoted,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../../support/trust-workspace.ts";
import { applied, planned, rows } from "../run.ts";

/** A workspace whose image is signed, so that nothing refuses it. */
async function signed(files: Readonly<Record<string, string>> = {}): Promise<TrustWorkspace> {
  const workspace = await openTrustWorkspace(files);
  seed(workspace.from, signatureOf(workspace.app, workspace.ci));
  return workspace;
}

function told(results: readonly ActionResult[], channel: string): readonly string[] {
  return results
    .filter(({ action }) => action.channel === channel)
    .map(({ action, status, code }) =>
      [action.op, action.tag, status, code]
        .filter((part) => part !== null && part !== undefined)
        .join(" "),
    );
}

async function fileOf(workspace: TrustWorkspace): Promise<{ text: string; name: string }> {
  const { plan } = await planned(workspace);
  return { text: JSON.stringify(planDocument(plan)), name: "plan.json" };
}

const WITHHELD = [
  "copy failed trust.not-readmitted",
  "tag stable failed trust.not-readmitted",
  "tag v1.0.0 failed trust.not-readmitted",
];

describe("002-24 001-18 apply reads the evidence back where it copied it", () => {
  it("000-18 withholds every tag where it is not found, and the next run heals", async () => {
    await using workspace = await signed();
    const { app, target } = workspace;
    const prod = target.repository("prod/api");
    let isLosing = true;
    target.onRequest((_, { method, kind, repository, reference }) => {
      const isSubject = method === "PUT" && kind === "manifest" && reference === app.digest;
      if (isLosing && isSubject && repository === "prod/api")
        for (const digest of prod.manifests.keys())
          if (digest !== app.digest) prod.manifests.delete(digest);
    });
    const lost = await applied(workspace);
    expect(lost.exitCode).toBe(1);
    expect(told(lost.outcome.results, "prod")).toEqual(WITHHELD);
    expect(told(lost.outcome.results, "dev")).toEqual(["copy done", "tag v1.0.0 done"]);
    expect([...prod.tags.keys()]).toEqual([]);
    expect(prod.manifests.has(app.digest)).toBe(true);
    expect(lost.outcome.results.find(({ code }) => code)?.message).toContain("prod/api@sha256:");
    isLosing = false;
    const healed = await applied(workspace);
    expect(healed.exitCode).toBe(0);
    expect(prod.tags.get("stable")).toBe(app.digest);
    expect(prod.manifests.size).toBe(2);
  });

  it("promise 3: withholds them where it cannot be read", async () => {
    await using workspace = await signed();
    const { target } = workspace;
    target.fault({
      match: { kind: "referrers", repository: "prod/api", times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { exitCode, outcome } = await applied(workspace);
    expect(exitCode).toBe(1);
    expect(told(outcome.results, "prod")).toEqual(WITHHELD);
    expect([...target.repository("prod/api").tags.keys()]).toEqual([]);
    target.clearFaults();
    expect((await applied(workspace)).exitCode).toBe(0);
    expect([...target.repository("prod/api").tags.keys()].toSorted()).toEqual(["stable", "v1.0.0"]);
  });

  it("reads nothing back of what needed no evidence", async () => {
    await using workspace = await signed();
    await applied(workspace);
    expect(workspace.target.count({ kind: "referrers", repository: "dev/api" })).toBe(0);
    expect(workspace.target.count({ kind: "referrers", repository: "prod/api" })).toBeGreaterThan(
      0,
    );
  });

  it("also before a tag on a digest that is there already", async () => {
    await using workspace = await signed();
    seed(workspace.target.repository("prod/api"), workspace.app, ["other"]);
    workspace.target.fault({
      match: { kind: "referrers", repository: "prod/api", nth: 1, times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { outcome } = await applied(workspace);
    expect(told(outcome.results, "prod").every((row) => row.includes("failed"))).toBe(true);
    expect([...workspace.target.repository("prod/api").tags.keys()]).toEqual(["other"]);
  });
});

describe("a site whose store is a layout on disk", () => {
  const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { environment: eu, stores: { oci: "oci-layout:./var/oslo" } }
`;

  it("002-81 is gated as a registry is: refused unsigned, and read back where it went", async () => {
    await using workspace = await openTrustWorkspace({ "policies/sites.yaml": SITES });
    const unsigned = await applied(workspace);
    expect(unsigned.exitCode).toBe(4);
    expect(told(unsigned.outcome.results, "dev")).toEqual(["copy done", "tag v1.0.0 done"]);
    const signature = signatureOf(workspace.app, workspace.ci);
    seed(workspace.from, signature);
    const { exitCode, outcome } = await applied(workspace);
    expect(told(outcome.results, "prod")).toEqual([
      "copy done",
      "tag stable done",
      "tag v1.0.0 done",
    ]);
    expect(exitCode).toBe(0);
    const index = workspace.read("var/oslo/prod/api/index.json");
    expect(index).toContain(workspace.app.digest);
    const blob = `var/oslo/prod/api/blobs/sha256/${signature.digest.slice("sha256:".length)}`;
    expect(workspace.read(blob)).toContain(workspace.app.digest);
    expect((await applied(workspace)).outcome.planned).toBe(0);
  });
});

describe("a policy that changes between plan and apply", () => {
  it("stricter: what it refuses now is not done, although FILE names it; exit 4", async () => {
    await using workspace = await signed();
    const planFile = await fileOf(workspace);
    workspace.commit({ "policies/trust/ci.pub": makePair().pem });
    const { exitCode, outcome, plan } = await applied(workspace, { planFile });
    expect(exitCode).toBe(4);
    expect(told(outcome.results, "dev")).toEqual(["copy done", "tag v1.0.0 done"]);
    expect(told(outcome.results, "prod")).toEqual([]);
    expect(plan.blocked.map(({ code }) => code)).toContain("trust.signature");
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
  });

  it("looser: what it allows now is beyond FILE, left undone and listed; exit 4", async () => {
    await using workspace = await openTrustWorkspace();
    const planFile = await fileOf(workspace);
    workspace.commit({ "policies/trust.yaml": trustFile(undefined, "    mode: warn\n") });
    const { exitCode, outcome } = await applied(workspace, { planFile });
    expect(exitCode).toBe(4);
    expect(told(outcome.results, "prod")).toEqual([
      "copy refused beyond-plan",
      "tag stable refused beyond-plan",
      "tag v1.0.0 refused beyond-plan",
    ]);
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
  });

  it("not at all: FILE is done as it was seen", async () => {
    await using workspace = await signed();
    const planFile = await fileOf(workspace);
    expect((await applied(workspace, { planFile })).exitCode).toBe(0);
  });

  it("threat 14: a policy and its promotion in one merge: the base's policy decides", async () => {
    await using workspace = await openTrustWorkspace();
    workspace.commit({ [API]: promoted(workspace.app, "dev") });
    const base = workspace.git("rev-parse", "HEAD");
    workspace.commit({
      [API]: promoted(workspace.app),
      "policies/trust.yaml": trustFile(undefined, "    mode: warn\n"),
    });
    const { plan, exitCode } = await planned(workspace, { since: base });
    expect(exitCode).toBe(4);
    expect(rows(plan)).toEqual(["copy v1.0.0 dev", "tag v1.0.0 dev v1.0.0"]);
    expect(new Set(plan.blocked.map(({ code }) => code))).toEqual(new Set(["trust.signature"]));
  });

  it("in the work tree alone decides nothing", async () => {
    await using workspace = await openTrustWorkspace();
    workspace.write("policies/trust.yaml", trustFile(undefined, "    mode: warn\n"));
    expect((await planned(workspace)).exitCode).toBe(4);
  });
});
