import type { Built } from "../../support/built.ts";
import { image, seed } from "../../support/images.ts";
import { runVerb, type VerbRun } from "../../support/run-verb.ts";
import { makePair, type Pair } from "../../support/signing.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../../support/workspace.ts";

/** Everybody who signs something here, with a key of their own. */
export const SIGNERS = ["ci", "scanner", "qa", "stranger"] as const;
export type SignerName = (typeof SIGNERS)[number];

/** A promotions repository with a trust policy, two registries, and an image in the first. */
export interface TrustWorld extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly api: Built;
  readonly keys: Readonly<Record<SignerName, Pair>>;
  /** Puts evidence beside the image at its source. */
  readonly supply: (evidence: Built, tag?: string) => void;
  run(...args: readonly string[]): Promise<VerbRun>;
}

const REQUIREMENTS = `      - signature: { anyOf: [ci] }
      - sbom: { formats: [spdx], signedBy: [ci] }
      - vulnerabilities: { signedBy: [scanner], block: [{ severity: critical }], maxAge: 30d }
      - attestation: { predicateType: "https://example.com/qa/v1", signedBy: [qa], where: [{ path: /result, op: eq, value: passed }] }
`;

/** The trust file; `rules` stands below `rules:`. */
export function trustFile(rules: string = rule()): string {
  return `apiVersion: waybill.dev/v1
kind: Trust
authorities:
${["ci", "scanner", "qa"].map((name) => `  ${name}: { key: { file: policies/trust/${name}.pub } }\n`).join("")}rules:
${rules}noMatch: deny
`;
}

/** One rule for everything of payments in prod. */
export function rule(
  requirements: string = REQUIREMENTS,
  more = "    match: { projects: [payments], channels: [prod] }\n",
): string {
  return `  - name: payments-images\n${more}    require:\n${requirements}`;
}

export const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    samePullRequest: true
    sites: { require: [oslo] }
    requires: { trust: verified }
`;

/** The promotion of the image to some channels. */
export function promoted(api: Built, channels: string): Readonly<Record<string, string>> {
  const line = versionLine("v1.4.2", api, `channels: [${channels}]`);
  return { "promotions/payments/api.yaml": promotion("api", line) };
}

/** Opens one, with everything committed; the image has no evidence yet. */
export async function openTrustWorld(
  files: Readonly<Record<string, string>> = {},
): Promise<TrustWorld> {
  const workspace = await openWorkspace();
  const keys = {
    ci: makePair(),
    scanner: makePair(),
    qa: makePair(),
    stranger: makePair(),
  };
  const api = image({ seed: "api" });
  const source = workspace.source.repository("staging/api");
  seed(source, api, ["v1.4.2"]);
  workspace.commit({
    ...Object.fromEntries(SIGNERS.map((name) => [`policies/trust/${name}.pub`, keys[name].pem])),
    "policies/channels.yaml": CHANNELS,
    "policies/trust.yaml": trustFile(),
    ...promoted(api, "staging"),
    ...files,
  });
  return {
    workspace,
    api,
    keys,
    supply: (evidence, tag) => void seed(source, evidence, tag === undefined ? [] : [tag]),
    run: (...args) => runVerb(args, { folder: workspace.root }),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

/** A scan as cosign wraps Trivy's, finished the day before the tests' now. */
export function scanOf(found: readonly (readonly [id: string, severity: string])[]): {
  readonly predicateType: string;
  readonly predicate: object;
} {
  const Vulnerabilities = found.map(([VulnerabilityID, Severity]) => ({
    VulnerabilityID,
    Severity,
  }));
  return {
    predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
    predicate: {
      scanner: { uri: "trivy", result: { SchemaVersion: 2, Results: [{ Vulnerabilities }] } },
      metadata: { scanFinishedOn: "2026-11-19T00:00:00Z" },
    },
  };
}
