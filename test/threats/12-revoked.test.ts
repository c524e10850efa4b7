import { describe, expect, it } from "vitest";
import { planDocument } from "#plan";
import { applied, planned } from "../app/run.ts";
import { index, seed } from "../support/images.ts";
import { runVerb } from "../support/run-verb.ts";
import {
  openTrustWorkspace,
  signatureOf,
  type TrustWorkspace,
} from "../support/trust-workspace.ts";
import { another, gate, LET_IN, sign } from "./gate.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

async function waybill(workspace: TrustWorkspace, ...args: readonly string[]): Promise<number> {
  return (await runVerb(args, { folder: workspace.root, now: NOW })).exitCode;
}

describe("threat 12: a revoked key or digest", () => {
  it("003-13 `waybill revoke` stops the very next plan, whatever was signed", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    expect(await gate(workspace)).toEqual(LET_IN);
    expect(await waybill(workspace, "revoke", "payments/api@v1.0.0", "--reason", "leaks")).toBe(0);
    expect(await gate(workspace)).toEqual(["refuse revoked"]);
    workspace.commit();
    expect(await gate(workspace)).toEqual(["refuse revoked"]);
  });

  it("stops an apply whose plan was approved before", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    const { plan } = await planned(workspace);
    const file = { text: JSON.stringify(planDocument(plan)), name: "plan.json" };
    await waybill(workspace, "revoke", workspace.app.digest, "--reason", "leaks");
    workspace.commit();
    const { exitCode } = await applied(workspace, { planFile: file });
    expect(exitCode).toBe(4);
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("stops a copy to another site, and says where it is placed; verify --all says it of all", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    expect((await applied(workspace)).exitCode).toBe(0);
    await waybill(workspace, "revoke", workspace.app.digest, "--reason", "leaks");
    workspace.commit({
      "policies/sites.yaml": `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { environment: eu, stores: { oci: registry.oslo.example.com } }
  bergen: { stores: { oci: registry.oslo.example.com/bergen } }
`,
      "policies/channels.yaml": workspace
        .read("policies/channels.yaml")
        .replaceAll("require: [oslo]", "require: [oslo, bergen]"),
    });
    const said = await gate(workspace);
    expect(said).toContain("refuse revoked");
    expect(said).not.toContain("copy");
    const { plan } = await planned(workspace);
    expect(plan.notes.map(({ code }) => code)).toContain("revoked-in-place");
    expect(await waybill(workspace, "verify", "--all")).toBe(4);
  });

  it.for([
    ["a key, whatever it signed and whenever", ["--key", "policies/trust/ci.pub"]],
    ["an authority", ["--authority", "ci"]],
  ] as const)("takes away what %s signed", async ([, what]) => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    expect(await waybill(workspace, "revoke", ...what, "--reason", "key lost")).toBe(0);
    workspace.commit();
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
  });

  it("an index around a revoked child is revoked", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, source } = workspace;
    const { built, files } = another(workspace, { name: "around", built: index([app]) });
    seed(source.repository("staging/around"), signatureOf(built, ci));
    sign(workspace, ci);
    workspace.commit(files);
    expect(await gate(workspace)).toEqual(LET_IN);
    await waybill(workspace, "revoke", app.digest, "--reason", "leaks");
    expect(await gate(workspace)).toEqual(["refuse revoked"]);
  });

  it("a revocation never adds an action", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    const before = (await planned(workspace)).plan.actions.map(({ id }) => id);
    await waybill(workspace, "revoke", "--authority", "ci", "--reason", "lost");
    const after = (await planned(workspace)).plan.actions.map(({ id }) => id);
    expect(after.filter((id) => !before.includes(id))).toEqual([]);
    expect(after.length).toBeLessThan(before.length);
  });
});
