/** What the policies of a new promotions repository are written from. */
export interface PolicyChoices {
  /** Where the one site keeps artifacts: `HOST/PATH`, or a folder of layouts. */
  readonly store: string;
  /** Who may change policies and approve what enters prod. */
  readonly admins: readonly string[];
  /** A key lies at TRUST_KEY. */
  readonly hasKey: boolean;
  /** There are manifests of kpromo. */
  readonly hasKpromo: boolean;
}

/** Where the key of `--trust-key` is put. */
export const TRUST_KEY = "policies/trust/release.pub";

/** The channels in their order, as apply's jobs need them. */
export const CHANNEL_STEPS: readonly {
  readonly name: string;
  readonly after: readonly string[];
}[] = [
  { name: "dev", after: [] },
  { name: "test", after: ["dev"] },
  { name: "staging", after: ["dev", "test"] },
  { name: "prod", after: ["staging"] },
];

/** Path → text of the policies: 002-81, 003-22, 003-37. */
export function policiesFor(choices: PolicyChoices): ReadonlyMap<string, string> {
  return new Map([
    ["policies/sites.yaml", sites(choices)],
    ["policies/channels.yaml", channels(choices)],
    ["policies/owners.yaml", owners(choices)],
    ["policies/trust.yaml", trust(choices)],
  ]);
}

function file(kind: string, says: readonly string[], body: readonly string[]): string {
  const lines = [
    `# yaml-language-server: $schema=../schemas/${kind.toLowerCase()}.v1.json`,
    ...says.map((line) => `# ${line}`),
    "apiVersion: waybill.dev/v1",
    `kind: ${kind}`,
    ...body,
  ];
  return `${lines.join("\n")}\n`;
}

function sites({ store }: PolicyChoices): string {
  return file(
    "Sites",
    ["Datacenters or regions, and the stores that they have."],
    ["sites:", `  main: { stores: { oci: ${JSON.stringify(store)} } }`],
  );
}

function channels({ hasKey, hasKpromo }: PolicyChoices): string {
  const requires = hasKey ? "{ trust: verified, rules: [prod], versions: release }" : NO_KEY;
  return file(
    "Channels",
    [
      "Where a channel puts artifacts, what must have come before, and who says yes.",
      "Two people approve what enters prod: GitHub cannot tell that two accounts are one person.",
    ],
    [
      "channels:",
      '  dev: { to: "dev/{project}/{name}", sites: { require: [main] } }',
      '  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [main] } }',
      '  staging: { to: "staging/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [main] } }',
      "  prod:",
      '    to: "prod/{project}/{name}"',
      "    after: [staging]",
      "    sites: { require: [main] }",
      `    requires: ${requires}`,
      "    approvals: { count: 2, from: [admins] }",
      "    tags:",
      '      immutable: ["{version}"]',
      '      moving: { stable: newest-stable, latest: newest-stable, "{major}.{minor}": newest-in-line }',
      "    limits: { remove: { count: 10, share: 0.3, floor: 10 }, move: { count: 50 } }",
      ...(hasKpromo ? ["  kpromo: { approvals: { count: 2, from: [admins] } }"] : []),
    ],
  );
}

/** Without anybody who is believed, nothing is verified, and so nothing enters. */
const NO_KEY = "{ trust: verified, versions: release }";

function owners({ admins }: PolicyChoices): string {
  return file(
    "Owners",
    [
      "Who approves what. `name#id` pins the account's number, which stays with it when its name is given away.",
    ],
    [
      "groups:",
      `  admins: { people: [${admins.map((name) => JSON.stringify(name)).join(", ")}] }`,
      "admins: [admins]",
    ],
  );
}

function trust({ hasKey }: PolicyChoices): string {
  if (!hasKey) {
    return file(
      "Trust",
      [
        "Who is believed, and what is asked of artifacts before they enter a channel.",
        "Nobody is believed yet, so that nothing enters prod: put the public key of your builds under",
        "policies/trust/, name it as an authority, and write the rule that prod asks for.",
      ],
      ["rules: []", "noMatch: allow"],
    );
  }
  return file(
    "Trust",
    ["Who is believed, and what is asked of artifacts before they enter a channel."],
    [
      "authorities:",
      `  release: { key: { file: ${TRUST_KEY} } }`,
      "rules:",
      "  - name: prod",
      "    match: { channels: [prod] }",
      "    require:",
      "      - signature: { anyOf: [release] }",
      "      - sbom: { signedBy: [release] }",
      "      - vulnerabilities: { signedBy: [release], block: [{ severity: critical }], maxAge: 30d }",
      "noMatch: allow",
    ],
  );
}
