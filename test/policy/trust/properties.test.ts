import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvidenceFact, Revocation, TrustPolicy } from "#model";
import {
  AMD64,
  asking,
  attested,
  d,
  decide,
  evidence,
  IMAGE,
  policy,
  provenance,
  revocations,
  rule,
  scan,
  signature,
  spdx,
  vex,
  type Asked,
} from "../../support/trust-questions.ts";

const SIGNED = "signature: { anyOf: [ci, rel] }";
const TWICE = "signature: { anyOf: [rel], count: 2 }";
const LATER = "signature: { anyOf: [ci], after: vulnerabilities }";
const SCANNED =
  "vulnerabilities: { signedBy: [scanner, scanner2], block: [{ severity: critical }, { severity: high, unless: mitigated }], vex: { signedBy: [sec] }, maxAge: 30d }";
const TESTED =
  'attestation: { predicateType: "urn:qa", signedBy: [qa], where: [{ path: /result, op: eq, value: passed }], maxAge: 30d }';
const BUILT = 'provenance: { signedBy: [ci], builders: [{ id: "https://builder" }] }';

const POLICIES: readonly TrustPolicy[] = [
  asking(SIGNED),
  asking(TWICE),
  asking(SCANNED),
  asking(LATER, SCANNED),
  asking(TESTED),
  asking("sbom: {}", BUILT),
  asking("sbom: { signedBy: [ci] }"),
  asking(SIGNED, "sbom: {}", BUILT, SCANNED, TESTED),
  policy(`${rule("r", [SIGNED])}  - { name: w, mode: warn, require: [{ ${TESTED} }] }\n`),
  policy(""),
];
const REQUIRES = ["", "trust: verified", "licences: { deny: [AGPL-3.0-only], unknown: allow }"];

const TIMES = [
  "2026-11-18T00:00:00Z",
  "2026-11-19T00:00:00Z",
  "2026-12-20T00:00:00Z",
  "2026-09-01T00:00:00Z",
];
const KEYS = [d(1), d(2), d(3)];

const how = fc.record({ key: fc.constantFrom(...KEYS), signedAt: fc.constantFrom(...TIMES) });
const time = fc.constantFrom(...TIMES);

/** Evidence that speaks for the digest, by those whom the policies list. */
const positive: fc.Arbitrary<EvidenceFact> = fc.oneof(
  fc.tuple(fc.constantFrom("ci", "rel"), how).map(([by, more]) => signature({ by, ...more })),
  fc
    .tuple(fc.constantFrom("scanner", "scanner2"), time, how)
    .map(([by, at, more]) => scan(at, [], { by, ...more })),
  fc.tuple(time, how).map(([at, more]) => vex("CVE-2026-1", "fixed", at, { by: "sec", ...more })),
  fc
    .tuple(time, how)
    .map(([timestamp, more]) =>
      attested("urn:qa", { result: "passed", timestamp }, { by: "qa", ...more }),
    ),
  how.map((more) => provenance({ by: "ci", ...more })),
  fc.constantFrom("ci", "rel").map((by) => attested("https://spdx.dev/Document", spdx(), { by })),
  fc.constant(0).map(() => evidence({ kind: "sbom", document: spdx() }, { form: "sbom" })),
);

/** Evidence that speaks against it, by the same. */
const negative: fc.Arbitrary<EvidenceFact> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("scanner", "scanner2"),
      time,
      how,
      fc.constantFrom("HIGH", "CRITICAL", "LOW"),
    )
    .map(([by, at, more, severity]) => scan(at, [["CVE-2026-1", severity]], { by, ...more })),
  fc
    .tuple(time, how)
    .map(([at, more]) => vex("CVE-2026-1", "affected", at, { by: "sec", ...more })),
  fc
    .tuple(time, how)
    .map(([timestamp, more]) =>
      attested("urn:qa", { result: "failed", timestamp }, { by: "qa", ...more }),
    ),
  fc
    .constant(0)
    .map(() => attested("https://spdx.dev/Document", spdx(["AGPL-3.0-only"]), { by: "ci" })),
  fc.constant(0).map(() => signature({ by: "ci", check: { outcome: "fail", check: "crypto" } })),
);

/** Valid evidence of whatever kind, by somebody whom nobody lists. */
const foreign: fc.Arbitrary<EvidenceFact> = fc.oneof(positive, negative).map((fact) => ({
  ...fact,
  unsigned: false,
  checks: ["ci", "rel", "scanner", "scanner2", "sec", "qa"].map((authority) => ({
    authority,
    outcome: "fail",
    check: "identity",
  })),
}));

const ENTRIES: readonly Revocation[] = revocations(
  `digest: "${IMAGE}", reason: x`,
  `digest: "${AMD64}", reason: x`,
  `digest: "${d(0x77)}", reason: x`,
  ...KEYS.map((key) => `key: "${key}", reason: x`),
  ...KEYS.map((key) => `key: "${key}", at: 2026-11-18T12:00:00Z, reason: x`),
  ...["ci", "rel", "scanner", "scanner2", "sec", "qa"].map(
    (name) => `authority: ${name}, reason: x`,
  ),
  ...["ci", "scanner", "sec", "qa"].map(
    (name) => `authority: ${name}, at: 2026-11-18T12:00:00Z, reason: x`,
  ),
  'project: payments, name: api, versions: ">=1.0.0", reason: x',
  'project: payments, name: api, versions: ">=2.0.0", reason: x',
);

const asked: fc.Arbitrary<Asked & { readonly evidence: readonly EvidenceFact[] }> = fc.record({
  policy: fc.constantFrom(...POLICIES),
  requires: fc.constantFrom(...REQUIRES),
  evidence: fc.array(fc.oneof({ weight: 3, arbitrary: positive }, negative, foreign), {
    maxLength: 9,
  }),
  revocations: fc.subarray([...ENTRIES], { maxLength: 2 }),
  faulty: fc.boolean(),
});

/** Series of dated evidence of one kind, where what is newest decides. */
const series = fc
  .tuple(
    fc.constantFrom([SCANNED, "scanner"] as const, [TESTED, "qa"] as const),
    fc.array(fc.tuple(fc.constantFrom(...TIMES.slice(0, 3)), fc.boolean(), how), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([[requirement, by], items]) => ({
    policy: asking(requirement),
    evidence: items.map(([at, good, more]) =>
      by === "scanner"
        ? scan(at, good ? [] : [["CVE-2026-1", "CRITICAL"]], { by, ...more })
        : attested(
            "urn:qa",
            { result: good ? "passed" : "failed", timestamp: at },
            { by, ...more },
          ),
    ),
    revocations: [],
  }));

const either = fc.oneof(asked, series);

function isLet(question: Asked): boolean {
  const { decision } = decide(question).result;
  return decision === "allow" || decision === "warn";
}

const RUNS = { numRuns: 400 };

function isPositive({ content, checks, unsigned }: EvidenceFact): boolean {
  const text = JSON.stringify(content);
  const good = checks.every(({ outcome }) => outcome === "pass");
  return (good || unsigned) && !/CVE-2026-1(?!.*fixed)|affected|failed|AGPL/.test(text);
}

describe("properties of the decision", () => {
  it("003-12 taking positive evidence away never turns a refusal into an allowance", () => {
    fc.assert(
      fc.property(either, fc.nat(), (question, index) => {
        fc.pre(!isLet(question));
        const candidates = question.evidence.filter(isPositive);
        fc.pre(candidates.length > 0);
        const gone = candidates[index % candidates.length];
        expect(
          isLet({ ...question, evidence: question.evidence.filter((fact) => fact !== gone) }),
        ).toBe(false);
      }),
      RUNS,
    );
  });

  it("adding foreign evidence never turns an allowance into a refusal, and never changes what is trusted", () => {
    fc.assert(
      fc.property(asked, foreign, (question, more) => {
        fc.pre(isLet(question));
        const evidence = [more, ...question.evidence];
        expect(isLet({ ...question, evidence })).toBe(true);
        expect(decide({ ...question, evidence }).result.trust).toBe(decide(question).result.trust);
      }),
      RUNS,
    );
  });

  it("003-13 adding a revocation never adds an allowance", () => {
    fc.assert(
      fc.property(either, fc.constantFrom(...ENTRIES), fc.nat(), (question, entry, index) => {
        fc.pre(!isLet(question));
        const target = question.evidence[index % Math.max(1, question.evidence.length)];
        const added: readonly Revocation[] = [
          entry,
          ...(target === undefined ? [] : revocations(`evidence: "${target.digest}", reason: x`)),
        ];
        expect(
          isLet({ ...question, revocations: [...(question.revocations ?? []), ...added] }),
        ).toBe(false);
      }),
      RUNS,
    );
  });

  it("the order of evidence changes nothing", () => {
    fc.assert(
      fc.property(asked, (question) => {
        const turned = decide({ ...question, evidence: question.evidence.toReversed() });
        const straight = decide(question);
        expect([turned.result.decision, turned.result.trust, turned.admittedBy]).toEqual([
          straight.result.decision,
          straight.result.trust,
          straight.admittedBy,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it("what is asked lets some through and refuses some, so that the properties above say something", () => {
    const sample = fc.sample(asked, { numRuns: 500, seed: 7 }).map(isLet);
    expect(sample.filter(Boolean).length).toBeGreaterThan(25);
    expect(sample.filter((passes) => !passes).length).toBeGreaterThan(150);
  });
});
