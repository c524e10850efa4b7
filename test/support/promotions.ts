import type { Diagnostic } from "#model";
import {
  checkPaths,
  checkPrivateKeys,
  readPolicies,
  readPromotions,
  resolve,
  type PathRules,
  type Resolution,
  type SourceFile,
} from "#desired";

export const API = "promotions/payments/api.yaml";

/** The digest that a number stands for: the number repeated, so that it is easy to see in a failure. */
export function digest(number: number): string {
  return `sha256:${number.toString(16).padStart(2, "0").repeat(32)}`;
}

/** The head of the file `promotions/payments/api.yaml`, seven lines. */
export const HEAD = `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com/payments-staging/api }
`;

/** The same for an artifact of another name, with a source of its own. */
export function headOf(name: string): string {
  return HEAD.replace("name: api", `name: ${name}`).replace("staging/api", `staging/${name}`);
}

/** A `versions:` list with one line for each text, such as `version: v1, digest: …`. */
export function versions(...lines: readonly string[]): string {
  return `versions:\n${lines.map((line) => `  - { ${line} }\n`).join("")}`;
}

export const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { environment: eu, stores: { oci: registry.oslo.example.com/platform, file: "s3://oslo-artifacts" } }
  bergen: { environment: no, stores: { oci: registry.bergen.example.com } }
  bench: { stores: { oci: "oci-layout:./var/bench" } }
`;

export const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "{project}-dev/{name}", sites: { require: [oslo] } }
  test: { to: "{project}-test/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] } }
  staging: { to: "preprod/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo], bestEffort: [bergen], quorum: 1 }
    tags:
      immutable: ["{version}"]
      moving: { stable: newest-stable, latest: newest-stable, candidate: newest-prerelease, "{major}.{minor}": newest-in-line, "v{major}": newest-in-line }
`;

export const REGISTRIES = `apiVersion: waybill.dev/v1
kind: Registries
hosts:
  "registry.oslo.example.com":
    endpoint: "https://mirror.internal:5000/cache"
    caFile: policies/ca.pem
    maxConcurrency: 16
    requestsPerSecond: 50
    product: harbor
    capabilities: { delete: digest, untag: false, referrers: true }
    blobRedirectHosts: [s3.internal]
    tokenHosts: [auth.internal]
  "*-docker.pkg.dev": { requestsPerSecond: 80 }
`;

export const POLICIES: readonly SourceFile[] = [
  { path: "policies/sites.yaml", text: SITES },
  { path: "policies/channels.yaml", text: CHANNELS },
  { path: "policies/registries.yaml", text: REGISTRIES },
];

/** The files with the policies above, save those that the files themselves bring. */
export function withPolicies(files: readonly SourceFile[]): readonly SourceFile[] {
  const own = new Set(files.map(({ path }) => path));
  return [...files, ...POLICIES.filter(({ path }) => !own.has(path))];
}

/** Everything that `validate` says of a tree without a base, and the state that it resolves to. */
export function check(files: readonly SourceFile[], rules?: PathRules): Resolution {
  const promotions = readPromotions(files, rules);
  const policies = readPolicies(files, rules);
  const resolution = resolve({ promotions: promotions.documents, policies: policies.policies });
  return {
    desired: resolution.desired,
    diagnostics: [
      ...checkPaths(files),
      ...checkPrivateKeys(files),
      ...policies.diagnostics,
      ...promotions.diagnostics,
      ...resolution.diagnostics,
    ],
  };
}

/** Where a diagnostic points to, and what it is: `file:line:column code`. */
export function spot({ file, line, column, code }: Diagnostic): string {
  return `${file}:${line}:${column} ${code}`;
}

/** Takes the marks `¦` out of a text and tells where they stood, as `line:column`. */
export function unmark(text: string): { readonly text: string; readonly marks: readonly string[] } {
  const marks = text.split("\n").flatMap((line, index) => {
    const parts = line.split("¦").slice(0, -1);
    let column = 1;
    return parts.map((part) => {
      column += part.length;
      return `${index + 1}:${column}`;
    });
  });
  return { text: text.replaceAll("¦", ""), marks };
}
