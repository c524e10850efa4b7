import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "#model";
import {
  checkTrustContext,
  checkTrustFiles,
  checkTrustTimes,
  compareTrust,
  namedFiles,
  readPolicies,
  type Policies,
  type SourceFile,
} from "#desired";
import { digest, POLICIES, spot, unmark } from "../support/promotions.ts";
import { REVOCATIONS, TRUST } from "../support/trust-files.ts";
import { TRUST_CODES } from "./trust-codes.ts";

const PATH = "policies/trust.yaml";
const NOW = new Date("2026-11-21T12:00:00Z");
const ROOT = `{ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1" }\n`;
const PUBLIC = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0=\n-----END PUBLIC KEY-----\n";
const SHA = createHash("sha256").update(ROOT).digest("hex");

function head(authorities: string, rest: string): string {
  return `apiVersion: waybill.dev/v1\nkind: Trust\nauthorities:\n${authorities}${rest}`;
}

const KEY = "  k: { key: { file: policies/trust/k.pub } }\n";

/** A file with one key and one rule that asks for the requirement. */
function rule(requirement: string, more = ""): string {
  return head(KEY, `rules:\n  - name: r\n    require:\n      - ${requirement}\n${more}`);
}

const SIGNED = "signature: { anyOf: [k] }";
const SCANNED = "vulnerabilities: { signedBy: [k], block: [{ severity: high }] }";

function keyless(text: string, root = "pg"): string {
  const roots = `roots:\n  pg: { file: policies/trust/pg.json, sha256: "${SHA}", fetchedAt: 2026-11-01 }\n`;
  return head(
    `  k: { keyless: { root: ${root}, ${text} } }\n`,
    `${roots}signing: { authority: k, verifierId: "urn:x" }\n`,
  );
}

function where(condition: string): string {
  return rule(`attestation: { predicateType: "urn:qa", signedBy: [k], where: [${condition}] }`);
}

function exception(text: string): string {
  return rule(SCANNED, `exceptions:\n  - { ${text}, reason: x, until: 2027-01-01T00:00:00Z }\n`);
}

type Row = readonly [code: string, text: string];

const ALONE: readonly Row[] = [
  ["unknown-authority", rule("signature: { anyOf: [k, ¦kk] }")],
  ["unknown-authority", rule("sbom: { signedBy: [k, ¦other] }")],
  ["unknown-authority", rule(SCANNED.replace("}] }", "}], vex: { signedBy: [¦security] } }"))],
  [
    "unused-authority",
    head(`${KEY}  ¦idle: { key: { file: policies/i.pub } }\n`, rule(SIGNED).split(KEY)[1] ?? ""),
  ],
  [
    "unused-root",
    `${rule(SIGNED)}roots:\n  ¦pg: { file: policies/pg.json, sha256: "${SHA}", fetchedAt: 2026-11-01 }\n`,
  ],
  [
    "authority-form",
    rule(SIGNED).replace("  k: { key: { file: policies/trust/k.pub } }", "  ¦k: {}"),
  ],
  [
    "authority-form",
    rule(SIGNED).replace("  k: { key", "  ¦k: { harbor: { host: h.example.com }, key"),
  ],
  ["unknown-root", keyless("issuer: i, subject: s", "¦pg2").replace(/roots:\n.*\n/, "")],
  ["identity-form", keyless("issuer: i").replace("keyless: {", "keyless: ¦{")],
  ["identity-form", keyless("issuer: i, subject: s, subjectRegExp: ¦s")],
  ["pattern-form", keyless('issuer: i, subjectRegExp: ¦"(a"')],
  ["pattern-form", keyless("issuer: i, subjectRegExp: ¦'(a)\\1'")],
  ["pattern-form", keyless("issuer: i, subjectRegExp: ¦'(?=a)b'")],
  ["pattern-form", keyless("issuer: i, subjectRegExp: ¦'((a{900}){900}){900}'")],
  ["pattern-form", where("{ path: /a, op: matches, value: ¦'[' }")],
  ["condition-value", where("{ path: /a, op: lte, value: ¦many }")],
  ["condition-value", where("{ path: /a, op: in, value: ¦x }")],
  ["condition-value", where("¦{ path: /a, op: eq }")],
  ["condition-value", where("{ path: /a, op: exists, value: ¦true }")],
  ["condition-value", where("{ path: /a, op: olderThan, value: ¦soon }")],
  ["wrong-form", where("{ path: ¦a, op: exists }")],
  ["glob-form", rule(SIGNED).replace("require:", "match: { names: [¦'a?'] }\n    require:")],
  ["glob-form", rule(SIGNED, "sources: { allow: [¦'r.example.com/{name}/**'] }\n")],
  ["glob-form", rule(SIGNED, "neverPromote: [{ sources: [¦'a/***'], reason: x }]\n")],
  ["glob-form", exception("rule: r, vulnerability: CVE-2026-1, artifact: ¦'[a]/b'")],
  ["duplicate-rule", rule(SIGNED, `  - name: ¦r\n    require: [{ ${SIGNED} }]\n`)],
  ["after-without-scan", rule("signature: { anyOf: [k], after: ¦vulnerabilities }")],
  ["count-too-large", rule("signature: { anyOf: [k], count: ¦2 }")],
  ["unknown-rule", exception("rule: ¦rr, vulnerability: CVE-2026-1, artifact: a/b")],
  ["vulnerability-form", exception("rule: r, vulnerability: ¦'CVE-*', artifact: a/b")],
  [
    "time-form",
    rule(SIGNED)
      .replace("k.pub }", "k.pub, validTo: ¦2026-02-31x }")
      .replace("2026-02-31x", "2026-13-01"),
  ],
  ["too-few-items", rule(`${SIGNED}\n      - signature: { anyOf: ¦[] }`)],
  ["unknown-key", rule("signature: { anyOf: [k], ¦counts: 1 }")],
  [
    "rules-contradict",
    head(
      KEY,
      `rules:
  - { name: a, match: { projects: ["pay*"] }, require: [{ provenance: { signedBy: [k], sourceRepository: "https://a" } }] }
  - { name: ¦b, match: { projects: [payments] }, require: [{ provenance: { signedBy: [k], sourceRepository: "https://b" } }] }
`,
    ),
  ],
];

function revoked(...entries: readonly string[]): string {
  return `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
}

const D = `digest: "${digest(1)}"`;

const REVOKED: readonly Row[] = [
  ["revocation-form", revoked("¦{ reason: x }")],
  ["revocation-form", revoked(`¦{ ${D}, authority: k, reason: x }`)],
  ["revocation-form", revoked("¦{ project: payments, versions: '>=1.0.0', reason: x }")],
  ["range-form", revoked("{ project: p, name: n, versions: ¦'new ones', reason: x }")],
  ["time-form", revoked(`{ ${D}, at: ¦2026-13-20T10:00:00Z, reason: x }`)],
  ["duplicate-revocation", revoked(`{ ${D}, reason: x }`, `¦{ ${D}, reason: y }`)],
  ["digest-form", revoked("{ digest: ¦sha256:ab, reason: x }")],
];

function channel(rest: string, moving = ""): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] }${moving} }
  prod: { to: "prod/{name}", sites: { require: [oslo] }, ${rest} }
`;
}

const CHANNELS: readonly Row[] = [
  ["pattern-form", channel("requires: { annotations: { a: { matches: ¦'(' } } }")],
  ["glob-form", channel("requires: { projects: [¦'a!'] }")],
  ["soak-without-after", channel("requires: { soak: ¦24h }")],
  [
    "unknown-tag",
    channel(
      "after: [dev], requires: { sameDigestAs: ¦candidat }",
      ", tags: { moving: { candidate: newest-prerelease } }",
    ),
  ],
  ["unknown-placeholder", channel('attestation: { repository: ¦"{repo}-evidence" }')],
];

const FILES: ReadonlyMap<string, readonly Row[]> = new Map([
  [PATH, ALONE],
  ["policies/revocations.yaml", REVOKED],
  ["policies/channels.yaml", CHANNELS],
]);

function policiesOf(...files: readonly (readonly [path: string, text: string])[]): {
  readonly policies: Policies;
  readonly diagnostics: readonly Diagnostic[];
} {
  return readPolicies(files.map(([path, text]) => ({ path, text })));
}

const ALL = [...FILES].flatMap(([path, rows]) =>
  rows.map(([code, text]) => ({ path, code, text })),
);

describe("004-11 a mistake in a policy of trust", () => {
  it.for(ALL)("is told as $code at its place in $path", ({ path, code, text: marked }) => {
    const { text, marks } = unmark(marked);
    const { diagnostics } = policiesOf([path, text]);
    expect(diagnostics.map(spot)).toEqual(marks.map((mark) => `${path}:${mark} ${code}`));
    for (const { message, hint } of diagnostics) {
      expect(message).toMatch(/^\S.*[.)]$/);
      expect(hint).toMatch(/\S/);
    }
  });

  it("is not found in the examples", () => {
    expect(
      policiesOf([PATH, TRUST], ["policies/revocations.yaml", REVOCATIONS]).diagnostics,
    ).toEqual([]);
  });

  it("never makes the policy weaker where a base is read all the same", () => {
    const { policies } = policiesOf([
      PATH,
      keyless("issuer: i, subjectRegExp: '('").replace(
        "signing:",
        "rules: [{ name: r, require: [{ attestation: { predicateType: t, signedBy: [k], where: [{ path: /a, op: like, value: x }] } }] }]\nsigning:",
      ),
    ]);
    const authority = policies.trust?.policy.authorities.get("k");
    expect(authority?.identity).toMatchObject({
      keyless: { subject: { pattern: { program: [] } } },
    });
    expect(policies.trust?.policy.rules[0]?.require[0]).toMatchObject({
      where: [{ op: "in", values: [] }],
    });
  });
});

describe("typed policies", () => {
  it("003-27 003-28 hold what the trust file says", () => {
    const { trust } = policiesOf([PATH, TRUST]).policies;
    const ci = trust?.policy.authorities.get("payments-ci");
    expect(ci?.evidence).toEqual({
      tlog: "required",
      inclusionProof: "required",
      timestamp: "optional",
      sct: "required",
    });
    expect(ci?.identity).toMatchObject({
      kind: "keyless",
      keyless: { issuer: { kind: "exactly" }, subject: { kind: "pattern" }, root: "public-good" },
    });
    const [rule] = trust?.policy.rules ?? [];
    expect(rule).toMatchObject({ name: "payments-images", mode: "enforce", coverage: "index" });
    expect(rule?.require.map(({ type }) => type)).toEqual([
      "signature",
      "sbom",
      "provenance",
      "vulnerabilities",
      "attestation",
    ]);
    expect(rule?.require[1]).toMatchObject({ signedBy: ["payments-ci"], unsigned: false });
    expect(rule?.require[3]).toMatchObject({
      block: [
        { severity: "critical", unlessMitigated: false },
        { severity: "high", unlessMitigated: true },
      ],
      vexSignedBy: ["security"],
      maxAge: 30 * 86_400_000,
    });
    expect(trust?.policy.noMatch).toBe("deny");
  });

  it("have the defaults of a key and of keyless", () => {
    const { trust } = policiesOf([PATH, keyless("issuer: i, subject: s")]).policies;
    expect(trust?.policy.authorities.get("k")?.evidence).toMatchObject({
      tlog: "optional",
      sct: "required",
    });
    const key = policiesOf([PATH, rule("sbom: {}")]).policies.trust?.policy;
    expect(key?.authorities.get("k")?.evidence).toMatchObject({ tlog: "none", sct: "none" });
    expect(key?.rules[0]?.require[0]).toMatchObject({ signedBy: undefined, unsigned: true });
    expect(key?.rules[0]?.mode).toBe("enforce");
  });

  it("hold what is revoked", () => {
    const { revocations } = policiesOf(["policies/revocations.yaml", REVOCATIONS]).policies;
    expect(revocations?.revocations.map(({ target }) => target.kind)).toEqual([
      "digest",
      "key",
      "authority",
      "identity",
      "evidence",
      "versions",
    ]);
    expect(revocations?.revocations[2]?.rescinded?.reason).toBe("found again");
  });
});

const DATED = rule(SIGNED).replace(
  "kind: Trust\n",
  `kind: Trust\nroots:\n  pg: { file: policies/pg.json, sha256: "${SHA}", fetchedAt: 2026-11-01, maxAge: 30d, onStale: warn }\n`,
);

describe("the files that a trust file names", () => {
  const FOUND: readonly (readonly [string, string, readonly SourceFile[]])[] = [
    ["policy-path", DATED.replace("policies/pg.json", "¦policies/../pg.json"), []],
    ["policy-path", DATED.replace("policies/pg.json", "¦/etc/pg.json"), []],
    ["policy-file-missing", DATED.replace("policies/pg.json", "¦policies/none.json"), []],
    [
      "policy-symlink",
      DATED.replace("policies/pg.json", "¦policies/l.json"),
      [{ path: "policies/l.json", text: ROOT, symlink: "inside" }],
    ],
    ["root-digest", DATED.replace(`sha256: "${SHA}"`, `sha256: ¦"${"0".repeat(64)}"`), []],
    [
      "root-not-json",
      DATED.replace("policies/pg.json", "¦policies/h.json").replace(
        SHA,
        createHash("sha256").update("<html>").digest("hex"),
      ),
      [{ path: "policies/h.json", text: "<html>" }],
    ],
    [
      "key-not-public",
      rule(SIGNED).replace("{ file: policies/trust/k.pub", "¦{ file: policies/e.key"),
      [{ path: "policies/e.key", text: "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n" }],
    ],
    ["root-stale", DATED.replace("2026-11-01", "¦2026-10-01"), []],
    ["root-stale", DATED.replace("2026-11-01", "¦2026-10-01").replace("warn", "fail"), []],
    ["root-from-future", DATED.replace("2026-11-01", "¦2026-12-01"), []],
  ];

  it.for(FOUND)("%s is told at its place", ([code, marked, more]) => {
    const { text, marks } = unmark(marked);
    const { trust } = policiesOf([PATH, text]).policies;
    if (trust === undefined) throw new Error("no trust file");
    const files = [
      { path: "policies/pg.json", text: ROOT },
      { path: "policies/trust/k.pub", text: PUBLIC },
      ...more,
    ];
    const found = checkTrustFiles({
      trust,
      files: new Map(files.map((file) => [file.path, file])),
      now: NOW,
    });
    expect(found.map(spot)).toEqual(marks.map((mark) => `${PATH}:${mark} ${code}`));
    expect(found[0]?.severity).toBe(
      marked.includes("onStale: warn") && code === "root-stale" ? "warning" : "error",
    );
  });

  it("are named, those outside policies/ left out", () => {
    const { trust } = policiesOf([PATH, DATED.replace("policies/pg.json", "../x.json")]).policies;
    expect(trust && namedFiles(trust)).toEqual(["policies/trust/k.pub"]);
  });

  it("say how to convert cosign's encrypted key, and repeat nothing of it", () => {
    const { trust } = policiesOf([PATH, rule(SIGNED)]).policies;
    const file = {
      path: "policies/trust/k.pub",
      text: "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nc2VjcmV0\n",
    };
    const [told] = trust
      ? checkTrustFiles({ trust, files: new Map([[file.path, file]]), now: NOW })
      : [];
    expect(told?.hint).toContain("cosign public-key");
    expect(JSON.stringify(told)).not.toContain("c2VjcmV0");
  });
});

function times(text: string): readonly string[] {
  const { trust } = policiesOf([PATH, text]).policies;
  return trust
    ? checkTrustTimes(trust, NOW).map(({ code, severity }) => `${severity} ${code}`)
    : [];
}

describe("what time does", () => {
  const OLD = "{ file: policies/o.pub, validTo: 2026-01-01 }";

  it.for([
    ["a key in time", rule(SIGNED), []],
    [
      "an expired key beside a good one",
      rule(SIGNED).replace(
        "key: { file: policies/trust/k.pub }",
        `keys: [${OLD}, { file: policies/n.pub }]`,
      ),
      ["warning key-expired"],
    ],
    [
      "an expired key that a rule depends on alone",
      rule(SIGNED).replace("{ file: policies/trust/k.pub }", OLD),
      ["warning key-expired", "error key-expired"],
    ],
    [
      "the same where the rule only warns",
      rule(SIGNED, "    mode: warn\n").replace("{ file: policies/trust/k.pub }", OLD),
      ["warning key-expired"],
    ],
    [
      "an exception that ended",
      exception("rule: r, vulnerability: CVE-2026-1, artifact: a/b").replace("2027", "2026"),
      ["warning exception-expired"],
    ],
  ] as const)("%s", ([, text, codes]) => {
    expect(times(text)).toEqual(codes);
  });
});

function context(trust: string, more = ""): readonly string[] {
  const files = POLICIES.map(({ path, text }): readonly [string, string] => [
    path,
    path.endsWith("channels.yaml") ? text + more : text,
  ]);
  const { policies } = policiesOf(...files, [PATH, trust]);
  return checkTrustContext(policies).map(({ code, severity }) => `${severity} ${code}`);
}

describe("trust beside the other policies", () => {
  function matching(match: string): string {
    return rule(SIGNED).replace("require:", `match: { ${match} }\n    require:`);
  }
  const EXTRA = `  certified: { to: "c/{name}", sites: { require: [oslo] }`;

  it.for([
    ["a rule that matches", matching("channels: [prod], environments: [eu]"), "", []],
    ["no such channel", matching("channels: [production]"), "", ["warning rule-never-matches"]],
    ["no such environment", matching("environments: [us]"), "", ["warning rule-never-matches"]],
    [
      "no such source",
      `${matching("sources: ['other.example.com/**']")}sources: { allow: ["registry.example.com/{project}-staging/**"] }\n`,
      "",
      ["warning rule-never-matches"],
    ],
    [
      "an unknown rule",
      rule(SIGNED),
      `${EXTRA}, requires: { rules: [q] } }\n`,
      ["error unknown-rule"],
    ],
    [
      "verified without rules",
      head("", "").replace("authorities:\n", ""),
      `${EXTRA}, requires: { trust: verified } }\n`,
      ["warning nothing-verifies"],
    ],
    [
      "attestation without signing",
      rule(SIGNED),
      `${EXTRA}, attestation: {} }\n`,
      ["warning attestation-without-signing"],
    ],
    [
      "attestation that attaches nothing",
      rule(SIGNED),
      `${EXTRA}, attestation: { attach: none } }\n`,
      [],
    ],
  ] as const)("%s", ([, trust, more, codes]) => {
    expect(context(trust, more)).toEqual(codes);
  });
});

function compare(
  now: readonly (readonly [string, string])[],
  base: readonly (readonly [string, string])[],
): readonly string[] {
  const [after, before] = [policiesOf(...now).policies, policiesOf(...base).policies];
  return compareTrust({
    trust: after.trust,
    baseTrust: before.trust,
    revocations: after.revocations,
    baseRevocations: before.revocations,
    revocationsFile: "policies/revocations.yaml",
  }).map(({ code }) => code);
}

describe("003-13 against the base", () => {
  const R = "policies/revocations.yaml";
  const OTHER = "1".repeat(64);

  it.for([
    ["nothing", DATED, []],
    ["the date alone", DATED.replace("2026-11-01", "2026-11-02"), ["root-changed-apart"]],
    ["the digest alone", DATED.replace(SHA, OTHER), ["root-changed-apart"]],
    [
      "the path alone",
      DATED.replace("policies/pg.json", "policies/pg2.json"),
      ["root-changed-apart"],
    ],
    ["all of them", DATED.replace(SHA, OTHER).replace("2026-11-01", "2026-11-02"), []],
  ] as const)("a root of which %s changed", ([, text, codes]) => {
    expect(compare([[PATH, text]], [[PATH, DATED]])).toEqual(codes);
  });

  const AT = `{ ${D}, at: 2026-11-01T00:00:00Z, reason: x }`;
  it.for([
    ["removed", revoked(`{ digest: "${digest(2)}", reason: x }`), ["revocation-removed"]],
    ["begun later", revoked(AT.replace("11-01", "11-02")), ["revocation-weakened"]],
    ["narrowed", revoked(AT.replace("{ ", "{ only: true, ")), ["revocation-weakened"]],
    [
      "rescinded",
      revoked(
        AT.replace("reason: x", "reason: x, rescinded: { at: 2026-11-20T00:00:00Z, reason: y }"),
      ),
      [],
    ],
    ["begun earlier", revoked(AT.replace("11-01", "10-01")), []],
    ["joined by another", revoked(AT, "{ authority: k, reason: z }"), []],
  ] as const)("an entry that was %s", ([, text, codes]) => {
    expect(compare([[R, text]], [[R, revoked(AT)]])).toEqual(codes);
  });

  it("a file that was removed, and a range with fewer digests", () => {
    const range = `{ project: p, name: n, versions: ">=1.0.0", digests: ["${digest(1)}"], reason: x }`;
    expect(compare([], [[R, revoked(AT)]])).toEqual(["revocation-removed"]);
    expect(
      compare([[R, revoked(range.replace(`"${digest(1)}"`, ""))]], [[R, revoked(range)]]),
    ).toEqual(["revocation-weakened"]);
  });
});

it("every code of trust has a row here", () => {
  const rows = ALL.map(({ code }) => code);
  const elsewhere = [
    "attestation-without-signing",
    "exception-expired",
    "key-expired",
    "key-not-public",
    "nothing-verifies",
    "policy-file-missing",
    "policy-path",
    "policy-symlink",
    "revocation-removed",
    "revocation-weakened",
    "root-changed-apart",
    "root-digest",
    "root-from-future",
    "root-not-json",
    "root-stale",
    "rule-never-matches",
  ];
  expect(TRUST_CODES.filter((code) => ![...rows, ...elsewhere].includes(code))).toEqual([]);
});
