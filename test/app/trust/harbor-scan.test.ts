import { describe, expect, it } from "vitest";
import { planDocument } from "#plan";
import { seed } from "../../support/images.ts";
import type { HarborScan } from "../../support/registry/options.ts";
import {
  API,
  openTrustWorkspace,
  promoted,
  signatureOf,
  type TrustWorkspace,
} from "../../support/trust-workspace.ts";
import { registriesTo } from "../../support/workspace.ts";
import { checked, pageIn } from "../check/checked.ts";
import { applied, planned } from "../run.ts";
import { decided, verdictOf } from "./deciding.ts";

const CRITICAL = [{ id: "CVE-2026-1", package: "openssl", version: "3.0", severity: "Critical" }];
const LOW = [{ id: "CVE-2026-2", package: "zlib", version: "1.2", severity: "Low" }];
const DATABASE = "2026-11-20T06:00:00Z";

/** Prod asks for a signature and for a scan, by the source's own Harbor. */
function policyOf(more = ""): string {
  return `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { key: { file: policies/trust/ci.pub } }
  harbor: { harbor: { host: registry.example.com } }
rules:
  - name: images
    match: { channels: [prod] }
    require:
      - signature: { anyOf: [ci] }
      - vulnerabilities: { signedBy: [harbor], block: [{ severity: critical }], maxAge: 7d }
${more}`;
}

/** The same, and a database that was made before some time ago. */
function askingDatabase(before: string): string {
  return policyOf(
    `      - attestation: { predicateType: "https://waybill.dev/harbor-scan/v1", signedBy: [harbor], where: [{ path: /database/updatedAt, op: olderThan, value: ${before} }] }\n`,
  );
}

/** A workspace whose source is a Harbor that has scanned the image, which is signed. */
async function onHarbor(
  scan: HarborScan | undefined,
  { product = "product: harbor, ", policy = policyOf() } = {},
): Promise<TrustWorkspace> {
  const workspace = await openTrustWorkspace();
  const { app, ci, from, source, target } = workspace;
  seed(from, signatureOf(app, ci));
  const registries = registriesTo(source.host, target.host);
  workspace.commit({
    "policies/trust.yaml": policy,
    "policies/registries.yaml": registries.replace("{ endpoint", `{ ${product}endpoint`),
  });
  rescan(workspace, scan);
  return workspace;
}

function rescan({ app, source }: TrustWorkspace, scan: HarborScan | undefined): void {
  const scans = scan === undefined ? {} : { [app.digest]: scan };
  source.configure({ harbor: { scans, databaseUpdatedAt: DATABASE } });
}

async function verdict(workspace: TrustWorkspace): Promise<string> {
  return verdictOf(await decided(workspace));
}

/** What was found for the rule's scan. */
async function found(workspace: TrustWorkspace): Promise<readonly unknown[]> {
  const { result } = await decided(workspace);
  const [rule] = result.rules;
  const asked = rule?.requirements.find(({ type }) => type === "vulnerabilities");
  return asked?.evidence.filter(({ form }) => form === "api") ?? [];
}

describe("001-29 Harbor's own scan is a fact under the authority of that host", () => {
  it("that lets in what has nothing that blocks, with scanner, database and severity", async () => {
    await using workspace = await onHarbor({ severity: "Low", vulnerabilities: LOW });
    expect(await verdict(workspace)).toBe("allow verified");
    expect(await found(workspace)).toEqual([
      expect.objectContaining({
        form: "api",
        authority: "harbor",
        outcome: "pass",
        found: `scanned by Trivy v0.68.1, its database now of ${DATABASE}, worst severity Low`,
      }),
    ]);
  });

  it.for([
    [
      "a critical one blocks",
      { severity: "Critical", vulnerabilities: CRITICAL },
      "CVE-2026-1 (critical)",
    ],
    ["what has no severity is critical", { vulnerabilities: [{ id: "X-1" }] }, "X-1 (critical)"],
    ["it is too old", { generatedAt: "2026-11-01T00:00:00Z" }, "old"],
    ["it says no time", { generatedAt: "" }, "none"],
    ["it lies in the future", { generatedAt: "2027-01-01T00:00:00Z" }, "in the future"],
  ] as const)("and refuses where %s", async ([, scan, words]) => {
    await using workspace = await onHarbor(scan);
    expect(await verdict(workspace)).toBe("refuse failed_verification trust.vulnerabilities");
    expect(await found(workspace)).toEqual([
      expect.objectContaining({ authority: "harbor", found: expect.stringContaining(words) }),
    ]);
  });

  it.for([
    ["Harbor has not scanned it", undefined, {}, "Harbor has not scanned it"],
    ["it scans still", { status: "Running" }, {}, "not finished: Running"],
    [
      "registries.yaml does not say that it is one",
      {},
      { product: "" },
      "does not say product: harbor",
    ],
  ] as const)("and is absent where %s, which is told", async ([, scan, how, words]) => {
    await using workspace = await onHarbor(scan, how);
    expect(await verdict(workspace)).toBe("refuse failed_verification trust.vulnerabilities");
    expect(JSON.stringify(await found(workspace))).toContain(words);
  });

  it.for([
    ["fails", { kind: "answer", status: 403 }],
    ["answers nonsense", { kind: "answer", status: 200, body: "<html></html>" }],
  ] as const)("and promise 3: is unknown where its API %s", async ([, fault]) => {
    await using workspace = await onHarbor({ vulnerabilities: LOW });
    workspace.source.fault({ match: { kind: "api", times: Infinity }, do: fault });
    expect(await verdict(workspace)).toBe("unknown unverified trust.vulnerabilities");
  });

  it("and says nothing under the name of another host", async () => {
    const policy = policyOf().replace("host: registry.example.com", "host: harbor.example.org");
    await using workspace = await onHarbor({ vulnerabilities: LOW }, { policy });
    expect(await verdict(workspace)).toBe("refuse failed_verification trust.vulnerabilities");
    expect(workspace.source.count({ kind: "api" })).toBe(0);
  });

  it("and is no statement by anybody who signs", async () => {
    const policy = policyOf().replace("signedBy: [harbor]", "signedBy: [ci]");
    await using workspace = await onHarbor({ vulnerabilities: LOW }, { policy });
    expect(await verdict(workspace)).toBe("refuse failed_verification trust.vulnerabilities");
  });

  it("asks nothing of a Harbor that no authority names", async () => {
    await using workspace = await onHarbor(
      { vulnerabilities: LOW },
      {
        policy: policyOf()
          .replace(/ {2}harbor: .*\n/, "")
          .replace(/ {6}- vulnerabilities.*\n/, ""),
      },
    );
    expect(await verdict(workspace)).toBe("allow verified");
    expect(workspace.source.count({ kind: "api" })).toBe(0);
  });

  it("can be asked for the age of its database", async () => {
    await using old = await onHarbor({ vulnerabilities: LOW }, { policy: askingDatabase("1d") });
    expect(await verdict(old)).toBe("allow verified");
    await using young = await onHarbor({ vulnerabilities: LOW }, { policy: askingDatabase("7d") });
    expect(await verdict(young)).toBe("refuse failed_verification trust.attestation");
  });

  it("is asked again at apply, lies nowhere that it could be read back, and no new scan changes a plan", async () => {
    await using workspace = await onHarbor({ vulnerabilities: LOW });
    const copied = await copyInPlan(workspace);
    expect(copied).toHaveLength(1);
    rescan(workspace, { generatedAt: "2026-11-21T06:00:00Z", vulnerabilities: LOW });
    expect(await copyInPlan(workspace)).toEqual(copied);
    const { exitCode } = await applied(workspace);
    expect(exitCode).toBe(0);
    expect([...workspace.target.repository("prod/api").tags.keys()].toSorted()).toEqual([
      "stable",
      "v1.0.0",
    ]);
    expect(workspace.target.count({ kind: "api" })).toBe(0);
  });

  it("withholds the tag where a newer scan blocks what an older one let in", async () => {
    await using workspace = await onHarbor({ vulnerabilities: LOW });
    const { target } = workspace;
    target.onRequest((_, { method, kind, repository }) => {
      if (method === "PUT" && kind === "manifest" && repository === "prod/api")
        rescan(workspace, { generatedAt: "2026-11-21T06:00:00Z", vulnerabilities: CRITICAL });
    });
    const { outcome } = await applied(workspace);
    expect(outcome.results.flatMap(({ code }) => code ?? [])).toContain("trust.not-readmitted");
    expect([...target.repository("prod/api").tags.keys()]).toEqual([]);
  });
});

describe("001-29 Harbor's own scan in the check of a pull request", () => {
  it("lets in what plan lets in, and is told as what counted", async () => {
    await using workspace = await onHarbor({ severity: "Low", vulnerabilities: LOW });
    workspace.commit({ [API]: promoted(workspace.app, "dev") });
    workspace.commit({ [API]: promoted(workspace.app) });
    const { report, exitCode } = await checked(workspace);
    expect([report.result, exitCode]).toEqual(["changes", 0]);
    expect(pageIn(report).evidence).toContainEqual(
      expect.stringMatching(/^scan for vulnerabilities.* \(1 finding\), by harbor: counts$/),
    );
  });
});

/** What the copy to prod carries of its admission. */
async function copyInPlan(workspace: TrustWorkspace): Promise<readonly unknown[]> {
  const { plan } = await planned(workspace);
  expect(JSON.stringify(planDocument(plan))).toContain("admittedBy");
  const copy = plan.actions.find(({ op, channel }) => op === "copy" && channel === "prod");
  return copy?.admittedBy ?? [];
}
