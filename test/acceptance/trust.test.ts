import { describe, expect, it } from "vitest";
import { validate } from "#app";
import type { TrustDecision } from "#model";
import { bundleFor, referrerOf, SPDX } from "../support/attached.ts";
import { image, seed, type Built } from "../support/images.ts";
import {
  API,
  channels,
  openTrustWorkspace,
  promoted,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../support/trust-workspace.ts";
import { promotion, versionLine } from "../support/workspace.ts";
import { applied, calm, planned, rows } from "../app/run.ts";
import { decided } from "../app/trust/deciding.ts";

/** `prod requires.versions`: what is refused, and where. */
async function refusals(workspace: TrustWorkspace): Promise<readonly string[]> {
  const { plan } = await planned(workspace);
  const told = plan.blocked.map(({ code, channel }) => `${channel ?? ""} ${code}`);
  return [...new Set(told)].toSorted();
}

/** A rule of one channel, with the severity that blocks there. */
function ruleOf(name: string, severity: string): string {
  return `  - name: ${name}\n    match: { channels: [${name}] }\n    require:\n      - vulnerabilities: { signedBy: [ci], block: [{ severity: ${severity} }] }\n`;
}

describe("rules for validation and trust", () => {
  it("000-04 are files in git: a mistake has its line, and what they ask decides", async () => {
    await using workspace = await openTrustWorkspace();
    expect(await refusals(workspace)).toEqual(["prod trust.signature"]);
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    expect(await refusals(workspace)).toEqual([]);
    workspace.commit({
      "policies/trust.yaml": trustFile(["signature: { anyOf: [nobody] }"]),
    });
    const { diagnostics } = await validate({ root: workspace.root, base: undefined }, calm());
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ file: "policies/trust.yaml", line: 9, severity: "error" }),
    );
  });

  it("001-15 have a threshold of their own for each destination", async () => {
    const scan = {
      predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
      predicate: {
        scanner: {
          result: {
            SchemaVersion: 2,
            Results: [{ Vulnerabilities: [{ VulnerabilityID: "CVE-2026-1", Severity: "HIGH" }] }],
          },
        },
        metadata: { scanFinishedOn: "2026-11-20T00:00:00Z" },
      },
    };
    const [head = ""] = trustFile().split("rules:\n");
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": `${head}rules:\n${ruleOf("dev", "critical")}${ruleOf("prod", "high")}`,
    });
    seed(workspace.from, bundleFor(workspace.app, workspace.ci, scan));
    expect(await refusals(workspace)).toEqual(["prod trust.vulnerabilities"]);
  });

  it("001-15 keep at each destination what git lists for it, and nothing of another", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    await applied(workspace);
    workspace.commit({ [API]: promoted(workspace.app, "dev") });
    const { plan } = await planned(workspace);
    const taken = plan.actions.filter(({ destructive }) => destructive);
    expect(new Set(taken.map(({ channel }) => channel))).toEqual(new Set(["prod"]));
    expect(plan.actions).toHaveLength(taken.length);
  });
});

describe("001-04 001-05 002-28 an image's labels say where it comes from", () => {
  const SAID = {
    "org.opencontainers.image.revision": "9a3f0c1e".repeat(5),
    "org.opencontainers.image.created": "2026-11-20T10:00:00Z",
    "com.example.pipeline": "https://ci.example.com/payments/api/4711",
  };
  const REQUIRES = `versions: release, annotations: {
      org.opencontainers.image.revision: { matches: "[0-9a-f]{40}" },
      org.opencontainers.image.created: { present: true },
      com.example.pipeline: { matches: "https://ci\\\\.example\\\\.com/.*" } }`;

  async function asked(labels: Readonly<Record<string, string>>): Promise<TrustDecision["result"]> {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": channels({ requires: REQUIRES }),
      "policies/trust.yaml": trustFile(undefined, "    mode: warn\n"),
    });
    const built = image({ seed: "labelled", labels });
    seed(workspace.source.repository("staging/labelled"), built, ["v1.0.0"]);
    const line = versionLine("v1.0.0", built, "channels: [dev, prod]");
    workspace.commit({ "promotions/payments/labelled.yaml": promotion("labelled", line) });
    return (await decided(workspace, { name: "labelled" })).result;
  }

  it("which is asked, and shown by its values", async () => {
    const { decision, requires } = await asked(SAID);
    expect(decision).toBe("warn");
    const shown = new Map(requires.map(({ name, found }) => [name, found]));
    for (const [name, value] of Object.entries(SAID))
      expect(shown.get(`annotations.${name}`)).toBe(value);
    expect(shown.get("versions")).toContain("release");
  });

  it.for(Object.keys(SAID).map((name) => [name] as const))("and lacking is %s", async ([name]) => {
    const labels = Object.fromEntries(Object.entries(SAID).filter(([key]) => key !== name));
    const { decision, requires } = await asked(labels);
    expect(decision).toBe("refuse");
    const failed = requires.filter(({ outcome }) => outcome === "fail");
    expect(failed.map((row) => row.name)).toEqual([`annotations.${name}`]);
  });
});

it("002-30 staging takes what main builds, production releases only", async () => {
  await using workspace = await openTrustWorkspace({
    "policies/channels.yaml": channels({ requires: "versions: release" }),
  });
  const { app, ci, from } = workspace;
  const candidate = image({ seed: "candidate" });
  seed(from, candidate, ["v1.1.0-rc.1"]);
  for (const built of [app, candidate]) seed(from, signatureOf(built, ci));
  const lines = [
    versionLine("v1.0.0", app, "channels: [dev, prod]"),
    versionLine("v1.1.0-rc.1", candidate, "channels: [dev, prod]"),
  ];
  workspace.commit({ [API]: promotion("api", ...lines) });
  expect(await refusals(workspace)).toEqual(["prod requires.versions"]);
  const copies = rows((await planned(workspace)).plan).filter((row) => row.startsWith("copy"));
  expect(copies.toSorted()).toEqual([
    "copy v1.0.0 dev",
    "copy v1.0.0 prod",
    "copy v1.1.0-rc.1 dev",
  ]);
});

describe("test images", () => {
  const FORBIDDEN = `neverPromote:
  - { sources: ["registry.example.com/staging/**"], channels: [prod], reason: test OS images }
`;

  it("002-33 002-34 of a namespace of their own never reach prod, whoever signed them", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile() + FORBIDDEN,
    });
    seed(workspace.from, signatureOf(workspace.app, workspace.ci));
    expect(await refusals(workspace)).toEqual(["prod never-promote"]);
    const { exitCode } = await applied(workspace);
    expect(exitCode).toBe(4);
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
  });

  it.for([
    ["production", []],
    ["non-production", ["prod requires.annotations"]],
    [undefined, ["prod requires.annotations"]],
  ] as const)("002-33 labelled %s", async ([label, refused]) => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": channels({
        requires: "annotations: { com.example.use: { eq: production } }",
      }),
    });
    const built = image({
      seed: "labelled",
      ...(label === undefined ? {} : { labels: { "com.example.use": label } }),
    });
    const repository = workspace.source.repository("staging/labelled");
    seed(repository, built, ["v1.0.0"]);
    seed(repository, signatureOf(built, workspace.ci));
    const line = versionLine("v1.0.0", built, "channels: [dev, prod]");
    workspace.commit({
      [API]: promoted(workspace.app, "dev"),
      "promotions/payments/labelled.yaml": promotion("labelled", line),
    });
    const codes = (await refusals(workspace)).map((text) =>
      text.replace(/(annotations)\..*/, "$1"),
    );
    expect(codes).toEqual(refused);
  });
});

describe("lifecycle and trust", () => {
  it.for([
    ["published", "channels: []"],
    ["promoted", "channels: [dev, prod]"],
    ["deprecated", "channels: [dev, prod], state: deprecated, reason: old"],
    ["retired", "channels: [], state: retired, reason: old"],
  ] as const)(
    "003-08 003-07 %s says nothing of trust, and trust nothing of it",
    async ([lifecycle, rest]) => {
      await using workspace = await openTrustWorkspace();
      const { app, ci, from } = workspace;
      workspace.commit({ [API]: promotion("api", versionLine("v1.0.0", app, rest)) });
      expect((await decided(workspace)).result).toMatchObject({ lifecycle, trust: "unverified" });
      seed(from, signatureOf(app, ci));
      expect((await decided(workspace)).result).toMatchObject({ lifecycle, trust: "verified" });
    },
  );
});

describe("what a decision is made from", () => {
  it("003-18 003-19 is in it: digest, signature, attestation, and what policy says of the source", async () => {
    const qa = { predicateType: "https://example.com/qa/v1", predicate: { result: "passed" } };
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": `${trustFile([
        "signature: { anyOf: [ci] }",
        `attestation: { predicateType: "${qa.predicateType}", signedBy: [ci], where: [{ path: /result, op: eq, value: passed }] }`,
      ])}sources: { allow: ["registry.example.com/staging/**"] }\n`,
    });
    const { app, ci, from } = workspace;
    const evidence: readonly Built[] = [signatureOf(app, ci), bundleFor(app, ci, qa)];
    for (const item of evidence) seed(from, item);
    const { result } = await decided(workspace);
    expect(result.digest).toBe(app.digest);
    const found = result.rules.flatMap(({ requirements }) =>
      requirements.map(({ type, evidence: [first] }) => [type, first?.digest, first?.authority]),
    );
    expect(found).toEqual([
      ["signature", evidence[0]?.digest, "ci"],
      ["attestation", evidence[1]?.digest, "ci"],
    ]);
    expect(result.requires).toContainEqual({
      name: "sources",
      outcome: "pass",
      expected: "registry.example.com/staging/**",
      found: "registry.example.com/staging/api",
    });
  });
});

it("002-81 what is promoted is tagged, signed, has its SBOM, and is the very bytes of its digest", async () => {
  await using workspace = await openTrustWorkspace({
    "policies/trust.yaml": trustFile(["signature: { anyOf: [ci] }", "sbom: { formats: [spdx] }"]),
  });
  const { app, ci, from, target } = workspace;
  const signature = signatureOf(app, ci);
  const sbom = referrerOf(app, "application/spdx+json", JSON.stringify(SPDX));
  for (const [supplied, lacking] of [
    [signature, ["prod trust.sbom", "prod trust.signature"]],
    [sbom, ["prod trust.sbom"]],
  ] as const) {
    expect(await refusals(workspace)).toEqual(lacking);
    seed(from, supplied);
  }
  expect((await applied(workspace)).exitCode).toBe(0);
  const prod = target.repository("prod/api");
  expect(prod.tags.get("v1.0.0")).toBe(app.digest);
  expect([...prod.manifests.keys()].toSorted()).toEqual(
    [app.digest, signature.digest, sbom.digest].toSorted(),
  );
  expect(prod.manifests.get(app.digest)?.bytes).toEqual(from.manifests.get(app.digest)?.bytes);
});
