import { describe, expect, it } from "vitest";
import { planDocument } from "#plan";
import { applied, planned } from "../app/run.ts";
import { seed } from "../support/images.ts";
import { runVerb } from "../support/run-verb.ts";
import { bundleOf, openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { gate, LET_IN, sign } from "./gate.ts";

const SCAN = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SCANNED = trustFile([
  "vulnerabilities: { signedBy: [ci], block: [{ severity: critical }], maxAge: 30d }",
]);

function scan(finished: string, severity?: string): object {
  const Vulnerabilities =
    severity === undefined ? [] : [{ VulnerabilityID: "CVE-2026-1", Severity: severity }];
  return {
    scanner: { uri: "trivy", result: { SchemaVersion: 2, Results: [{ Vulnerabilities }] } },
    metadata: { scanFinishedOn: finished },
  };
}

describe("threat 11: what was true once is brought again", () => {
  it.for([
    ["a good scan", [scan("2026-11-20T00:00:00Z")], LET_IN],
    [
      "an old good scan beside a newer bad one",
      [scan("2026-11-19T00:00:00Z"), scan("2026-11-20T00:00:00Z", "CRITICAL")],
      ["refuse trust.vulnerabilities"],
    ],
    [
      "a good scan that is too old",
      [scan("2026-06-01T00:00:00Z")],
      ["refuse trust.vulnerabilities"],
    ],
    ["a good scan of tomorrow", [scan("2027-01-01T00:00:00Z")], ["refuse trust.vulnerabilities"]],
  ] as const)("%s", async ([, scans, expected]) => {
    await using workspace = await openTrustWorkspace({ "policies/trust.yaml": SCANNED });
    const { app, ci, from } = workspace;
    for (const each of scans) seed(from, bundleOf(app, ci, SCAN, each));
    expect(await gate(workspace)).toEqual(expected);
  });

  it("a plan that was approved before the policy grew does no more than the policy allows now", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    const { plan } = await planned(workspace);
    const file = { text: JSON.stringify(planDocument(plan)), name: "plan.json" };
    workspace.commit({
      "policies/trust.yaml": trustFile(["signature: { anyOf: [ci] }", "sbom: { signedBy: [ci] }"]),
    });
    const { exitCode } = await applied(workspace, { planFile: file });
    expect(exitCode).toBe(4);
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
  });

  it("a revert of a revocation is an error, at the line that is gone", async () => {
    await using workspace = await openTrustWorkspace();
    const revoked = workspace.commit({
      "policies/revocations.yaml": `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n  - { digest: "${workspace.app.digest}", reason: leaks }\n`,
    });
    workspace.git("revert", "--no-edit", revoked);
    const { exitCode, out } = await runVerb(["validate", "--base", revoked], {
      folder: workspace.root,
    });
    expect({ exitCode, out }).toEqual({
      exitCode: 2,
      out: expect.stringContaining("revocation-removed"),
    });
    expect((await runVerb(["plan", "--since", revoked], { folder: workspace.root })).exitCode).toBe(
      2,
    );
  });
});
