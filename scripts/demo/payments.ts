/** The promotions repository of the demo of a pull request: two sites, an owner, and a rule of trust. */
const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./sites/oslo" } }
  bergen: { stores: { oci: "oci-layout:./sites/bergen" } }
`;

const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "staging/{project}/{name}", sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo, bergen] }
    tags: { moving: { stable: newest-stable } }
    requires: { trust: verified }
    promoters: [payments]
    approvals: { count: 1, from: [sre] }
`;

const OWNERS = `apiVersion: waybill.dev/v1
kind: Owners
groups:
  payments: { people: [bob] }
  sre: { people: [alice] }
owners:
  - { paths: ["promotions/payments/**"], kinds: [container-image], from: [sre] }
admins: [sre]
`;

const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  release: { key: { file: policies/trust/release.pub } }
rules:
  - name: prod-images
    match: { channels: [prod] }
    mode: enforce
    require:
      - signature: { anyOf: [release] }
      - sbom: { formats: [spdx], signedBy: [release] }
      - vulnerabilities: { signedBy: [release], block: [{ severity: critical }], maxAge: 7d }
noMatch: allow
`;

/** A version as the promotion file begins with it. */
export interface Line {
  readonly version: string;
  readonly digest: string;
  readonly channels: readonly string[];
}

/** Its files, by path. */
export function paymentsFiles(
  publicKey: string,
  lines: readonly Line[],
): Readonly<Record<string, string>> {
  return {
    "policies/sites.yaml": SITES,
    "policies/channels.yaml": CHANNELS,
    "policies/owners.yaml": OWNERS,
    "policies/trust.yaml": TRUST,
    "policies/trust/release.pub": publicKey,
    "promotions/payments/api.yaml": promotion(lines),
  };
}

function promotion(lines: readonly Line[]): string {
  const versions = lines.map(
    ({ version, digest, channels }) =>
      `  - { version: ${version}, digest: "${digest}", channels: [${channels.join(", ")}] }\n`,
  );
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: "oci-layout:./builds/payments-api" }
versions:
${versions.join("")}`;
}
