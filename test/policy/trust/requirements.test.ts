import { describe, expect, it } from "vitest";
import type { EvidenceFact, Json } from "#model";
import {
  AMD64,
  ARM64,
  asking,
  attested,
  d,
  decide,
  evidence,
  policy,
  provenance,
  rule,
  scan,
  signature,
  spdx,
  vex,
} from "../../support/trust-questions.ts";

type Row = readonly [what: string, evidence: readonly EvidenceFact[], outcome: string];

function outcomes(requirement: string, rows: readonly Row[]): void {
  it.each(rows)("%s", (_, found, outcome) => {
    const { result } = decide({ policy: asking(...requirement.split("\n")), evidence: found });
    expect(result.rules[0]?.outcome).toBe(outcome);
    for (const { outcome: own, fix } of result.rules[0]?.requirements ?? [])
      expect(own === "pass" ? "" : fix).toEqual(own === "pass" ? "" : expect.stringMatching(/\S/));
  });
}

const FAIL = {
  outcome: "fail",
  check: "crypto",
  expected: "a signature by ci",
  found: "another",
} as const;
const FOREIGN = { outcome: "fail", check: "identity" } as const;

describe("001-11 a signature, keyless and key alike", () => {
  outcomes("signature: { anyOf: [ci, rel] }", [
    ["none", [], "fail"],
    ["by a listed authority", [signature({ by: "ci" })], "pass"],
    ["by another one", [signature({ by: "qa" })], "fail"],
    ["by nobody", [signature({})], "fail"],
    ["whose crypto is wrong", [signature({ by: "ci", check: FAIL })], "fail"],
    [
      "that could not be checked",
      [signature({ by: "ci", check: { outcome: "unknown", check: "log" } })],
      "unknown",
    ],
    ["an attestation instead", [attested("urn:x", {}, { by: "ci" })], "fail"],
    ["in the legacy form", [signature({ by: "rel", form: "legacy" })], "pass"],
    ["of a platform only", [signature({ by: "ci", subject: AMD64 })], "fail"],
  ]);

  describe("count is of distinct keys", () => {
    outcomes("signature: { anyOf: [rel], count: 2 }", [
      [
        "one key twice",
        [signature({ by: "rel", key: d(1) }), signature({ by: "rel", key: d(1) })],
        "fail",
      ],
      [
        "two keys",
        [signature({ by: "rel", key: d(1) }), signature({ by: "rel", key: d(2) })],
        "pass",
      ],
    ]);
  });

  describe("formats", () => {
    outcomes("signature: { anyOf: [rel], formats: [bundle] }", [
      ["a bundle", [signature({ by: "rel" })], "pass"],
      ["legacy", [signature({ by: "rel", form: "legacy" })], "fail"],
    ]);
  });

  describe("001-10 after a scan that passes, by trusted time", () => {
    const clean = scan("2026-11-20T10:00:00Z", [], {
      by: "scanner",
      signedAt: "2026-11-20T10:05:00Z",
    });
    const RULE =
      "signature: { anyOf: [ci], after: vulnerabilities }\nvulnerabilities: { signedBy: [scanner], block: [{ severity: high }] }";
    outcomes(RULE, [
      ["signed later", [clean, signature({ by: "ci", signedAt: "2026-11-20T11:00:00Z" })], "pass"],
      ["signed before", [clean, signature({ by: "ci", signedAt: "2026-11-20T09:00:00Z" })], "fail"],
      ["signed without a trusted time", [clean, signature({ by: "ci" })], "fail"],
      [
        "a scan without a trusted time",
        [
          scan("2026-11-20T10:00:00Z", []),
          signature({ by: "ci", signedAt: "2026-11-20T11:00:00Z" }),
        ],
        "fail",
      ],
    ]);
  });
});

describe("coverage", () => {
  const index = signature({ by: "ci" });
  const amd64 = signature({ by: "ci", subject: AMD64 });
  const arm64 = signature({ by: "ci", subject: ARM64 });

  it.each([
    ["index", [index], "pass"],
    ["index", [amd64, arm64], "fail"],
    ["platforms", [index], "fail"],
    ["platforms", [amd64], "fail"],
    ["platforms", [amd64, arm64], "pass"],
    ["all", [amd64, arm64], "fail"],
    ["all", [index, amd64, arm64], "pass"],
  ] as const)("%s", (coverage, found, outcome) => {
    expect(covered(coverage, found)).toBe(outcome);
  });
});

describe("001-07 002-61 a bill of materials", () => {
  const CYCLONE: Json = { bomFormat: "CycloneDX", specVersion: "1.5", components: [{ name: "a" }] };
  const SPDX3: Json = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [{ type: "SpdxDocument", spdxId: "urn:d" }],
  };
  outcomes("sbom: { formats: [spdx, cyclonedx] }", [
    ["none", [], "fail"],
    ["SPDX by itself", [sbom(spdx())], "pass"],
    ["SPDX 3", [sbom(SPDX3)], "pass"],
    ["CycloneDX", [sbom(CYCLONE)], "pass"],
    [
      "CycloneDX of a version that is not known",
      [sbom({ bomFormat: "CycloneDX", specVersion: "1.9", components: [{}] })],
      "fail",
    ],
    ["an empty one", [sbom({ spdxVersion: "SPDX-2.3", packages: [] })], "fail"],
    ["a list", [sbom([])], "fail"],
    ["an HTML page", [evidence({ kind: "unreadable", why: "it is an HTML page" })], "fail"],
    [
      "an attestation by anybody",
      [attested("https://spdx.dev/Document/v2.3", spdx(), { by: "qa" })],
      "pass",
    ],
    [
      "one whose signature is broken",
      [attested("https://spdx.dev/Document", spdx(), { by: "ci", check: FAIL })],
      "fail",
    ],
  ]);

  it("says where it calls the artifact otherwise, and passes all the same", () => {
    const other: Json = { spdxVersion: "SPDX-2.3", name: "other\nname", packages: [{}] };
    const { result } = decide({ policy: asking("sbom: {}"), evidence: [sbom(other)] });
    expect(result.rules[0]?.requirements[0]).toMatchObject({
      outcome: "pass",
      evidence: [{ found: "it calls it other name", outcome: "pass" }],
    });
  });

  describe("with signers", () => {
    outcomes("sbom: { signedBy: [ci] }", [
      ["unsigned", [sbom(spdx())], "fail"],
      ["attested", [attested("https://cyclonedx.org/bom", CYCLONE, { by: "ci" })], "pass"],
    ]);
    outcomes("sbom: { signedBy: [ci], unsigned: allow }", [
      ["unsigned where that is allowed", [sbom(spdx())], "pass"],
    ]);
    outcomes("sbom: { unsigned: refuse, signedBy: [ci], formats: [cyclonedx] }", [
      ["the other format", [attested("https://spdx.dev/Document", spdx(), { by: "ci" })], "fail"],
    ]);
  });
});

describe("000-19 002-38 002-77 provenance", () => {
  outcomes(
    'provenance: { signedBy: [ci], builders: [{ id: "https://builder", maxLevel: 3 }], sourceRepository: "https://github.com/payments/api", maxAge: 30d }',
    [
      ["none", [], "fail"],
      ["as asked", [provenance()], "pass"],
      ["another builder", [provenance({ builder: "https://laptop" })], "fail"],
      ["another source", [provenance({ source: "https://github.com/mallory/api" })], "fail"],
      [
        "a source that only begins alike",
        [provenance({ source: "https://github.com/payments/api-fork" })],
        "fail",
      ],
      [
        "an empty predicate",
        [attested("https://slsa.dev/provenance/v1", {}, { by: "ci" })],
        "fail",
      ],
      [
        "SLSA 0.2",
        [
          attested(
            "https://slsa.dev/provenance/v0.2",
            {
              builder: { id: "https://builder" },
              invocation: {
                configSource: { uri: "git+https://github.com/payments/api@refs/heads/main" },
              },
              metadata: { buildFinishedOn: "2026-11-20T00:00:00Z" },
            },
            { by: "ci" },
          ),
        ],
        "pass",
      ],
      ["unsigned", [provenance({ by: "nobody" })], "fail"],
    ],
  );

  outcomes("provenance: { signedBy: [ci] }", [
    [
      "the certificate's source and commit",
      [
        keyless({
          sourceRepository: "https://github.com/payments/api",
          sourceRepositoryDigest: "c0ffee",
        }),
      ],
      "pass",
    ],
    [
      "another source than the certificate's",
      [keyless({ sourceRepository: "https://github.com/other/api" })],
      "fail",
    ],
    [
      "another commit than the certificate's",
      [keyless({ sourceRepositoryDigest: "decade" })],
      "fail",
    ],
  ]);
  outcomes("provenance: { signedBy: [ci], reproducibility: rebuilt }", [
    ["one builder", [provenance(), provenance()], "fail"],
    ["two builders", [provenance(), provenance({ builder: "https://other" })], "pass"],
  ]);
  outcomes("provenance: { signedBy: [ci], reproducibility: declared }", [
    ["nothing said of it", [provenance()], "fail"],
    [
      "said",
      [
        attested(
          "https://slsa.dev/provenance/v0.2",
          { metadata: { reproducible: true } },
          { by: "ci" },
        ),
      ],
      "pass",
    ],
  ]);
});

describe("001-08 001-09 001-26 002-58 vulnerabilities", () => {
  const BLOCK =
    "vulnerabilities: { signedBy: [scanner, scanner2], block: [{ severity: critical }, { severity: high, unless: mitigated }], vex: { signedBy: [sec] }, maxAge: 30d }";
  const AT = "2026-11-20T00:00:00Z";
  const high = scan(AT, [["CVE-2026-1", "HIGH"]]);
  outcomes(BLOCK, [
    ["none", [], "fail"],
    ["a clean scan", [scan(AT, [])], "pass"],
    ["medium", [scan(AT, [["CVE-2026-1", "MEDIUM"]])], "pass"],
    ["critical", [scan(AT, [["CVE-2026-1", "CRITICAL"]])], "fail"],
    [
      "critical, with VEX",
      [scan(AT, [["CVE-2026-1", "CRITICAL"]]), vex("CVE-2026-1", "not_affected")],
      "fail",
    ],
    [
      "an unknown severity is critical",
      [scan(AT, [["CVE-2026-1", "UNKNOWN"]]), vex("CVE-2026-1", "fixed")],
      "fail",
    ],
    ["high", [high], "fail"],
    ["high, not affected", [high, vex("CVE-2026-1", "not_affected")], "pass"],
    ["high, fixed", [high, vex("CVE-2026-1", "fixed")], "pass"],
    ["high, affected", [high, vex("CVE-2026-1", "affected")], "fail"],
    [
      "high, affected with a workaround",
      [high, vex("CVE-2026-1", "affected", AT, { statement: { action_statement: "turn it off" } })],
      "pass",
    ],
    ["high, under investigation", [high, vex("CVE-2026-1", "under_investigation")], "fail"],
    ["high, mitigated for another name", [high, vex("CVE-2026-2", "fixed")], "fail"],
    ["high, VEX by somebody else", [high, vex("CVE-2026-1", "fixed", AT, { by: "qa" })], "fail"],
    [
      "high, taken back by newer VEX",
      [high, vex("CVE-2026-1", "fixed", "2026-11-01T00:00:00Z"), vex("CVE-2026-1", "affected")],
      "fail",
    ],
    [
      "high, CycloneDX with a workaround",
      [
        high,
        attested(
          "https://cyclonedx.org/bom",
          {
            vulnerabilities: [
              {
                id: "CVE-2026-1",
                analysis: { state: "exploitable", response: ["workaround_available"] },
              },
            ],
          },
          { by: "sec" },
        ),
      ],
      "pass",
    ],
    ["too old", [scan("2026-10-01T00:00:00Z", [])], "fail"],
    ["of the future", [scan("2026-12-01T00:00:00Z", [])], "fail"],
    ["without a time", [scan(undefined, [])], "fail"],
    [
      "the newest counts: bad",
      [scan("2026-11-01T00:00:00Z", []), scan(AT, [["CVE-2026-1", "CRITICAL"]])],
      "fail",
    ],
    [
      "the newest counts: good",
      [scan("2026-11-01T00:00:00Z", [["CVE-2026-1", "CRITICAL"]]), scan(AT, [])],
      "pass",
    ],
    [
      "each authority's newest counts",
      [
        scan("2026-11-19T00:00:00Z", [["CVE-2026-1", "CRITICAL"]], { by: "scanner2" }),
        scan(AT, []),
      ],
      "fail",
    ],
    [
      "a result that nobody can read",
      [
        attested(
          "https://cosign.sigstore.dev/attestation/vuln/v1",
          { scanner: { result: { odd: true } }, metadata: { scanFinishedOn: AT } },
          { by: "scanner" },
        ),
      ],
      "fail",
    ],
    [
      "Grype",
      [
        attested(
          "https://cosign.sigstore.dev/attestation/vuln/v1",
          {
            scanner: {
              result: {
                matches: [
                  {
                    vulnerability: { id: "GHSA-1", severity: "High" },
                    relatedVulnerabilities: [{ id: "CVE-2026-1" }],
                  },
                ],
              },
            },
            metadata: { scanFinishedOn: AT },
          },
          { by: "scanner" },
        ),
        vex("CVE-2026-1", "fixed"),
      ],
      "pass",
    ],
    [
      "in-toto, by score",
      [
        attested(
          "https://in-toto.io/attestation/vulns/v0.2",
          {
            scanner: {
              result: [{ id: "CVE-2026-1", severity: [{ method: "CVSS", score: "9.8" }] }],
            },
            metadata: { scanFinishedOn: AT },
          },
          { by: "scanner" },
        ),
      ],
      "fail",
    ],
    [
      "a list, as Snyk and Harbor write it",
      [
        attested(
          "https://waybill.dev/harbor-scan/v1",
          { generated_at: AT, vulnerabilities: [{ id: "CVE-2026-1", severity: "Critical" }] },
          { by: "scanner" },
        ),
      ],
      "fail",
    ],
  ]);

  it("names what blocks, who could fix it and how", () => {
    const [reason] = decide({ policy: asking(BLOCK), evidence: [high] }).reasons;
    expect(reason?.message).toContain("CVE-2026-1 (high)");
    expect(reason?.fix).toContain("VEX as sec");
  });

  it.each([
    ["in force", "2026-12-31T00:00:00Z", "payments/api", "pass"],
    ["ended", "2026-11-20T00:00:00Z", "payments/api", "fail"],
    ["for another artifact", "2026-12-31T00:00:00Z", "payments/web", "fail"],
  ])("an exception %s", (_, until, artifact, outcome) => {
    const text = `${rule("r", [BLOCK])}exceptions: [{ rule: r, vulnerability: CVE-2026-1, artifact: ${artifact}, reason: x, until: ${until} }]\n`;
    const decision = decide({
      policy: policy(text),
      evidence: [scan(AT, [["CVE-2026-1", "CRITICAL"]])],
    });
    expect(decision.result.rules[0]?.outcome).toBe(outcome);
    expect(decision.exceptions).toEqual(outcome === "pass" ? ["CVE-2026-1"] : []);
  });

  it("a bad one once seen that can no longer be found is unknown, and so refused", () => {
    const onceBad = [
      {
        evidence: d(0xbd),
        authority: "scanner",
        predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
      },
    ];
    const asked = { policy: asking(BLOCK), evidence: [scan(AT, [])], facts: { onceBad } };
    expect(decide(asked).result.decision).toBe("unknown");
    const found = scan("2026-11-01T00:00:00Z", [["CVE-2026-1", "CRITICAL"]], {
      by: "scanner",
      digest: d(0xbd),
    });
    expect(decide({ ...asked, evidence: [scan(AT, []), found] }).result.decision).toBe("allow");
  });

  it("what could not be read may hold a newer, bad one", () => {
    expect(
      decide({ policy: asking(BLOCK), evidence: [scan(AT, [])], faulty: true }).result.decision,
    ).toBe("unknown");
  });

  it("ages are judged as of the admission that our own statement proves", () => {
    const old = [scan("2026-10-01T00:00:00Z", [])];
    const facts = { admittedAt: "2026-10-10T00:00:00Z" };
    expect(decide({ policy: asking(BLOCK), evidence: old }).result.decision).toBe("refuse");
    expect(decide({ policy: asking(BLOCK), evidence: old, facts }).result.decision).toBe("allow");
  });
});

describe("attestation: every operator, and absent data", () => {
  const PREDICATE: Json = {
    result: "passed",
    count: 7,
    ok: true,
    list: ["a", "b"],
    at: "2026-11-01T00:00:00Z",
    later: "2027-01-01T00:00:00Z",
    "a/b": { "c~d": 1 },
  };
  function outcome(condition: string): string | undefined {
    const text = `attestation: { predicateType: "urn:qa", signedBy: [qa], where: [{ path: ${condition} }] }`;
    return decide({
      policy: asking(text),
      evidence: [attested("urn:qa", PREDICATE, { by: "qa" })],
    }).result.rules[0]?.outcome;
  }

  it.each([
    ["eq", "/result, op: eq, value: passed", "/result, op: eq, value: failed"],
    ["eq, typed", "/count, op: eq, value: 7", '/count, op: eq, value: "7"'],
    ["eq, of truth", "/ok, op: eq, value: true", '/ok, op: eq, value: "true"'],
    ["in", "/result, op: in, value: [passed, skipped]", "/result, op: in, value: [skipped]"],
    [
      "matches all of it",
      '/result, op: matches, value: "pas+ed"',
      '/result, op: matches, value: "pas"',
    ],
    ["matches text only", '/result, op: matches, value: ".*"', '/count, op: matches, value: ".*"'],
    ["lte", "/count, op: lte, value: 7", "/count, op: lte, value: 6"],
    ["gte", "/count, op: gte, value: 7", "/count, op: gte, value: 8"],
    ["gte, of numbers only", "/count, op: gte, value: 0", "/result, op: gte, value: 0"],
    ["exists", "/ok, op: exists", "/nothing, op: exists"],
    ["olderThan", "/at, op: olderThan, value: 24h", "/at, op: olderThan, value: 30d"],
    [
      "olderThan, of the future",
      "/at, op: olderThan, value: 1h",
      "/later, op: olderThan, value: 1s",
    ],
    ["an item of a list", "/list/1, op: eq, value: b", "/list/2, op: exists"],
    ["an escaped pointer", "/a~1b/c~0d, op: eq, value: 1", "/a/b, op: exists"],
    ["no prototype's key", "/result, op: exists", "/constructor, op: exists"],
  ])("%s", (_, good, bad) => {
    expect([outcome(good), outcome(bad)]).toEqual(["pass", "fail"]);
    expect(outcome(good.replace(/^\S+,/, "/absent,"))).toBe("fail");
  });

  const QA =
    'attestation: { predicateType: "urn:qa", signedBy: [qa], where: [{ path: /a, op: eq, value: 1 }, { path: /b, op: eq, value: 2 }], maxAge: 30d }';
  outcomes(QA, [
    ["none", [], "fail"],
    [
      "one statement must meet all",
      [qa({ a: 1 }, "2026-11-20T00:00:00Z"), qa({ b: 2 }, "2026-11-20T00:00:00Z")],
      "fail",
    ],
    ["one that does", [qa({ a: 1, b: 2 }, "2026-11-20T00:00:00Z")], "pass"],
    ["without any time, where an age is asked", [qa({ a: 1, b: 2 })], "fail"],
    ["too old", [qa({ a: 1, b: 2 }, "2026-09-01T00:00:00Z")], "fail"],
    ["of the future", [qa({ a: 1, b: 2, timestamp: "2027-01-01T00:00:00Z" })], "fail"],
    [
      "a newer one that fails",
      [qa({ a: 1, b: 2 }, "2026-11-19T00:00:00Z"), qa({ a: 0 }, "2026-11-20T00:00:00Z")],
      "fail",
    ],
    ["another predicate type", [attested("urn:qa2", { a: 1, b: 2 }, { by: "qa" })], "fail"],
    ["by somebody else", [attested("urn:qa", { a: 1, b: 2 }, { by: "ci" })], "fail"],
    ["unsigned", [attested("urn:qa", { a: 1, b: 2, timestamp: "2026-11-20T00:00:00Z" })], "fail"],
  ]);
  outcomes(QA.replace("maxAge: 30d", "unsigned: allow"), [
    ["unsigned where that is allowed", [attested("urn:qa", { a: 1, b: 2 })], "pass"],
  ]);
});

describe("what does not count", () => {
  it("is listed with the check that decided, what was expected and what was found", () => {
    const { result, reasons } = decide({
      policy: asking("signature: { anyOf: [ci] }"),
      evidence: [
        signature({ by: "ci", check: FAIL }),
        signature({ by: "qa", check: FOREIGN }),
        attested("urn:x", {}, { by: "ci" }),
      ],
    });
    expect(result.rules[0]?.requirements[0]?.evidence).toMatchObject([
      {
        authority: "ci",
        check: "crypto",
        expected: "a signature by ci",
        found: "another",
        outcome: "fail",
      },
      { check: "identity", expected: "ci", outcome: "fail" },
      { check: "predicate", found: "an attestation of urn:x", outcome: "fail" },
    ]);
    expect(reasons[0]?.message).toMatch(
      /fails at crypto: expected a signature by ci, found another; 3 were looked at/,
    );
  });

  it("no evidence at all is said in words", () => {
    const [reason] = decide({ policy: asking("signature: { anyOf: [ci] }") }).reasons;
    expect(reason).toEqual({
      code: "trust.signature",
      verdict: "refuse",
      message: "Rule r asks for signature: there is no evidence of any kind about this digest.",
      fix: "sign the digest as ci",
    });
  });
});

function covered(coverage: string, subjects: readonly EvidenceFact[]): string | undefined {
  const text = rule("r", ["signature: { anyOf: [ci] }"], `    coverage: ${coverage}\n`);
  return decide({ policy: policy(text), evidence: subjects }).result.rules[0]?.outcome;
}

function sbom(document: Json, by?: string): EvidenceFact {
  return evidence(
    { kind: "sbom", document },
    { form: "sbom", ...(by === undefined ? {} : { by }) },
  );
}

function keyless(extensions: Readonly<Record<string, string>>): EvidenceFact {
  return provenance({
    check: { signer: { kind: "keyless", issuer: "https://issuer", subject: "ci", extensions } },
  });
}

function qa(predicate: Json, signedAt?: string): EvidenceFact {
  return attested("urn:qa", predicate, {
    by: "qa",
    ...(signedAt === undefined ? {} : { signedAt }),
  });
}
