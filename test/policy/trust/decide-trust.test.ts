import { describe, expect, it } from "vitest";
import type { EvidenceFact, ImageFacts, TrustFacts, TrustReasonCode } from "#model";
import { liftSoak, verifyDocument, type TrustQuestion } from "#policy";
import {
  AMD64,
  ARM64,
  asking,
  attested,
  d,
  decide,
  evidence,
  FAULT,
  IMAGE,
  INDEX,
  NOW,
  policy,
  provenance,
  question,
  revocations,
  rule,
  scan,
  signature,
  spdx,
  type Asked,
} from "../../support/trust-questions.ts";

const SIGNED = asking("signature: { anyOf: [ci] }");
const GOOD = [signature({ by: "ci", signedAt: "2026-11-10T00:00:00Z" })];
const VERIFIED = "trust: verified";

function seen(asked: Asked): readonly [string, string, readonly TrustReasonCode[]] {
  const { result, reasons } = decide(asked);
  return [result.trust, result.decision, reasons.map(({ code }) => code)];
}

describe("003-07 003-09 the state of trust", () => {
  const rows: readonly (readonly [string, Asked, readonly [string, string, readonly string[]]])[] =
    [
      [
        "003-10 without a policy: unverified, and nothing is asked",
        {},
        ["unverified", "allow", []],
      ],
      [
        "003-10 without a policy, where verified is required",
        { requires: VERIFIED },
        ["unverified", "refuse", ["requires.trust"]],
      ],
      [
        "003-11 verified by the policy of today",
        { policy: SIGNED, evidence: GOOD, requires: VERIFIED },
        ["verified", "allow", []],
      ],
      [
        "003-11 the same evidence under another policy",
        { policy: asking("signature: { anyOf: [rel] }"), evidence: GOOD },
        ["unverified", "refuse", ["trust.signature"]],
      ],
      [
        "absence is never success",
        { policy: SIGNED },
        ["unverified", "refuse", ["trust.signature"]],
      ],
      [
        "foreign evidence is information",
        { policy: SIGNED, evidence: [signature({ by: "qa" })] },
        ["unverified", "refuse", ["trust.signature"]],
      ],
      [
        "003-12 tried and failed",
        {
          policy: SIGNED,
          evidence: [signature({ by: "ci", check: { outcome: "fail", check: "crypto" } })],
        },
        ["failed_verification", "refuse", ["trust.signature"]],
      ],
      [
        "003-12 signed, and the rest is missing: one reason",
        {
          policy: asking("signature: { anyOf: [ci] }", "sbom: {}"),
          evidence: GOOD,
          requires: VERIFIED,
        },
        ["failed_verification", "refuse", ["trust.sbom"]],
      ],
      [
        "not complete: what could not be read",
        { policy: SIGNED, faulty: true },
        ["unverified", "unknown", ["trust.signature"]],
      ],
      [
        "003-13 revoked beats everything",
        {
          policy: SIGNED,
          evidence: GOOD,
          requires: VERIFIED,
          revocations: revocations(`digest: "${IMAGE}", reason: leaks`),
        },
        ["revoked", "refuse", ["revoked"]],
      ],
      [
        "003-31 dev allows what no rule matches",
        {
          policy: policy(
            rule("r", ["signature: { anyOf: [ci] }"], "    match: { channels: [prod] }\n"),
          ),
          channel: "dev",
        },
        ["unverified", "allow", []],
      ],
      [
        "003-32 prod asks for verified and an attestation",
        {
          policy: asking('attestation: { predicateType: "urn:qa", signedBy: [qa] }'),
          requires: VERIFIED,
        },
        ["unverified", "refuse", ["trust.attestation"]],
      ],
      [
        "a warn rule only reports, and verifies nothing",
        { policy: policy(rule("r", ["signature: { anyOf: [ci] }"], "    mode: warn\n")) },
        ["unverified", "warn", ["trust.signature"]],
      ],
      [
        "a warn rule that passes verifies nothing",
        {
          policy: policy(rule("r", ["signature: { anyOf: [ci] }"], "    mode: warn\n")),
          evidence: GOOD,
          requires: VERIFIED,
        },
        ["unverified", "refuse", ["requires.trust"]],
      ],
      [
        "noMatch: allow never makes verified",
        {
          policy: policy(
            `${rule("r", ["sbom: {}"], "    match: { projects: [other] }\n")}noMatch: allow\n`,
          ),
          requires: VERIFIED,
        },
        ["unverified", "refuse", ["requires.trust"]],
      ],
    ];
  it.each(rows)("%s", (_, asked, expected) => {
    expect(seen(asked)).toEqual(expected);
  });

  it("every decision has one line of explanation", () => {
    for (const [, asked] of rows) {
      const { explanation } = decide(asked);
      expect(explanation).toMatch(
        /^(?:Whether )?payments\/api@v1\.4\.2 .*\.(?: \(and \d+ more\))?$/,
      );
      expect(explanation).not.toContain("\n");
    }
  });

  it("the lifecycle is another axis, which no answer changes", () => {
    for (const lifecycle of ["published", "promoted", "deprecated", "retired"] as const)
      expect(
        decide({ policy: SIGNED, evidence: GOOD, question: { lifecycle } }).result,
      ).toMatchObject({ lifecycle, trust: "verified" });
  });

  it("001-18 names the evidence that let it in", () => {
    const { admittedBy } = decide({ policy: SIGNED, evidence: [...GOOD, signature({ by: "qa" })] });
    expect(admittedBy).toEqual([GOOD[0]?.digest]);
    expect(
      decide({ policy: asking("signature: { anyOf: [ci] }", "sbom: {}"), evidence: GOOD })
        .admittedBy,
    ).toEqual([]);
  });
});

describe("003-27 003-28 003-30 which rules apply", () => {
  const { artifact } = question({});

  it.each([
    ["projects: [payments]", {}, true],
    ["projects: ['pay*']", {}, true],
    ["projects: [web]", {}, false],
    ["names: ['**']", {}, true],
    ["names: [ap]", {}, false],
    ["names: ['*']", { artifact: { ...artifact, name: "a/b" } }, false],
    ["names: ['a/**']", { artifact: { ...artifact, name: "a/b/c" } }, true],
    ["kinds: [container-image]", {}, true],
    ["kinds: [iso]", {}, false],
    ["kinds: ['*']", {}, true],
    ["sources: ['registry.example.com/**']", {}, true],
    ["sources: ['registry.example.com/*']", {}, false],
    ["channels: [staging, prod]", {}, true],
    ["channels: [dev]", {}, false],
    ["environments: ['*']", {}, true],
    ["environments: [eu]", {}, false],
    ["environments: [eu]", { environment: "eu" }, true],
    ["runtimeClasses: ['*']", {}, true],
    ["runtimeClasses: [gvisor]", { artifact: { ...artifact, runtimeClass: "gvisor" } }, true],
    ["runtimeClasses: [gvisor]", {}, false],
    ["projects: [payments], channels: [dev]", {}, false],
  ] as const)("%s", (match, more, expected) => {
    expect(applied(match, more)).toBe(expected);
  });

  it("all of them: a narrow rule never switches a broad one off", () => {
    const text = `${rule("broad", ["signature: { anyOf: [ci] }"])}  - { name: narrow, match: { names: [api] }, require: [{ signature: { anyOf: [rel] } }] }\n`;
    const narrow = decide({ policy: policy(text), evidence: [signature({ by: "rel" })] });
    expect(narrow.result.rules.map(({ outcome }) => outcome)).toEqual(["fail", "pass"]);
    expect(narrow.result.decision).toBe("refuse");
  });
});

describe("what is asked of everything", () => {
  it.each([
    [
      "003-17 004-08 a source of its project's staging",
      "registry.example.com/{project}-staging/**",
      "allow",
    ],
    [
      "003-17 004-08 a source of another project's",
      "registry.example.com/web-staging/**",
      "refuse",
    ],
  ])("%s", (_, glob, decision) => {
    const asked = { policy: policy(`sources: { allow: ["${glob}"] }\n`) };
    expect(decide(asked).result.decision).toBe(decision);
    if (decision === "refuse") expect(seen(asked)[2]).toEqual(["source-not-allowed"]);
  });

  it.each([
    [
      "002-34 never to prod",
      "sources: ['registry.example.com/payments-staging/**'], channels: [prod]",
      "refuse",
    ],
    [
      "002-34 elsewhere it may go",
      "sources: ['registry.example.com/payments-staging/**'], channels: [staging]",
      "allow",
    ],
    ["002-33 of another namespace", "sources: ['registry.example.com/ci-only/**']", "allow"],
    ["all keys must match", "projects: [payments], kinds: [iso]", "allow"],
  ])("%s", (_, entry, decision) => {
    const text = `${rule("r", ["signature: { anyOf: [ci] }"])}neverPromote: [{ ${entry}, reason: test OS images }]\n`;
    const decided = decide({ policy: policy(text), evidence: GOOD });
    expect(decided.result.decision).toBe(decision);
    expect(decided.result.trust).toBe("verified");
  });

  const chart: ImageFacts = {
    ...INDEX,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    configMediaType: "application/vnd.cncf.helm.config.v1+json",
    platforms: [],
    descendants: [],
  };
  const image: ImageFacts = {
    ...chart,
    configMediaType: "application/vnd.oci.image.config.v1+json",
  };
  const files: ImageFacts = {
    ...chart,
    configMediaType: "application/vnd.oci.empty.v1+json",
    artifactType: "application/vnd.example.disk",
  };
  it.each([
    ["an index as a container image", INDEX, "container-image", "allow"],
    ["an image as one", image, "container-image", "allow"],
    ["a chart as an image", chart, "container-image", "refuse"],
    ["a chart as a chart", chart, "helm-chart", "allow"],
    ["an image as a chart", image, "helm-chart", "refuse"],
    ["files as an ISO", files, "iso", "allow"],
    ["files as an image", files, "talos-installer", "refuse"],
    ["an image as an ISO", image, "iso", "refuse"],
  ] as const)("the kind is proved: %s", (_, value, kind, decision) => {
    const asked = {
      facts: { image: { kind: "known", value } },
      question: { artifact: { ...question({}).artifact, kind } },
    } as const;
    expect(decide(asked).result.decision).toBe(decision);
    if (decision === "refuse") expect(seen(asked)[2]).toEqual(["kind-mismatch"]);
  });

  it("a manifest that could not be read leaves everything unknown", () => {
    expect(seen({ facts: { image: { kind: "unknown", fault: FAULT } } })).toEqual([
      "unverified",
      "unknown",
      ["kind-mismatch"],
    ]);
  });
});

describe("revocations", () => {
  const CHILD = `digest: "${AMD64}", reason: x`;
  const OUTER = d(0x0f);
  const wrapped = { image: { kind: "known", value: { ...INDEX, containedIn: [OUTER] } } } as const;
  const rows: readonly (readonly [string, Asked, string])[] = [
    ["the digest", { revocations: revocations(`digest: "${IMAGE}", reason: x`) }, "revoked"],
    ["another digest", { revocations: revocations(`digest: "${d(9)}", reason: x`) }, "verified"],
    ["a child: an index wrapped around it", { revocations: revocations(CHILD) }, "revoked"],
    ["only the child", { revocations: revocations(`only: true, ${CHILD}`) }, "verified"],
    [
      "an index that contains it",
      { revocations: revocations(`digest: "${OUTER}", reason: x`), facts: wrapped },
      "revoked",
    ],
    [
      "only that index",
      { revocations: revocations(`only: true, digest: "${OUTER}", reason: x`), facts: wrapped },
      "verified",
    ],
    [
      "rescinded",
      {
        revocations: revocations(
          `digest: "${IMAGE}", reason: x, rescinded: { at: 2026-11-20T00:00:00Z, reason: y }`,
        ),
      },
      "verified",
    ],
    [
      "rescinded in the head alone",
      {
        revocations: [
          ...revocations(`digest: "${IMAGE}", reason: x`),
          ...revocations(
            `digest: "${IMAGE}", reason: x, rescinded: { at: 2026-11-20T00:00:00Z, reason: y }`,
          ),
        ],
      },
      "revoked",
    ],
    [
      "to be rescinded",
      {
        revocations: revocations(
          `digest: "${IMAGE}", reason: x, rescinded: { at: 2026-12-20T00:00:00Z, reason: y }`,
        ),
      },
      "revoked",
    ],
    [
      "a range that holds the version",
      {
        revocations: revocations(
          'project: payments, name: api, versions: ">=1.4.0 <1.4.3", reason: x',
        ),
      },
      "revoked",
    ],
    [
      "a range that does not",
      {
        revocations: revocations(
          'project: payments, name: api, versions: ">=1.4.0 <1.4.2", reason: x',
        ),
      },
      "verified",
    ],
    [
      "another artifact's range",
      { revocations: revocations('project: payments, name: web, versions: ">=1.0.0", reason: x') },
      "verified",
    ],
    [
      "a range that another name of the digest is in",
      {
        revocations: revocations('project: payments, name: web, versions: ">=1.0.0", reason: x'),
        question: { names: [{ project: "payments", name: "web", version: "v2.0.0-rc.1" }] },
      },
      "revoked",
    ],
    [
      "a range by the digests it held",
      {
        revocations: revocations(
          `project: payments, name: old, versions: "1.0.0", digests: ["${IMAGE}"], reason: x`,
        ),
      },
      "revoked",
    ],
    [
      "a key",
      {
        revocations: revocations(
          `key: "${d(("c".charCodeAt(0) + "i".charCodeAt(0)) % 256)}", reason: x`,
        ),
      },
      "failed_verification",
    ],
    [
      "a key, after the signature",
      {
        revocations: revocations(
          `key: "${d(("c".charCodeAt(0) + "i".charCodeAt(0)) % 256)}", at: 2026-11-15T00:00:00Z, reason: x`,
        ),
      },
      "verified",
    ],
    [
      "a key, before the signature",
      {
        revocations: revocations(
          `key: "${d(("c".charCodeAt(0) + "i".charCodeAt(0)) % 256)}", at: 2026-11-05T00:00:00Z, reason: x`,
        ),
      },
      "failed_verification",
    ],
    [
      "a key, and no trusted time",
      {
        evidence: [signature({ by: "ci" })],
        revocations: revocations(`authority: ci, at: 2026-11-15T00:00:00Z, reason: x`),
      },
      "failed_verification",
    ],
    [
      "the authority",
      { revocations: revocations("authority: ci, reason: x") },
      "failed_verification",
    ],
    ["another authority", { revocations: revocations("authority: rel, reason: x") }, "verified"],
    [
      "the evidence, whenever it was made",
      {
        revocations: revocations(
          `evidence: "${GOOD[0]?.digest ?? ""}", at: 2026-11-15T00:00:00Z, reason: x`,
        ),
      },
      "failed_verification",
    ],
  ];
  it.each(rows)("of %s", (_, asked, trust) => {
    expect(decide({ policy: SIGNED, evidence: GOOD, ...asked }).result.trust).toBe(trust);
  });

  it.each([
    ["the same identity", "subject: ci, issuer: 'https://issuer'", "refuse"],
    ["of any issuer", "subject: ci", "refuse"],
    ["of another issuer", "subject: ci, issuer: 'https://other'", "allow"],
  ])("of %s", (_, identity, decision) => {
    const signer = {
      kind: "keyless",
      issuer: "https://issuer",
      subject: "ci",
      extensions: {},
    } as const;
    const found = [signature({ by: "ci", check: { signer } })];
    expect(
      decide({
        policy: SIGNED,
        evidence: found,
        revocations: revocations(`identity: { ${identity} }, reason: x`),
      }).result.decision,
    ).toBe(decision);
  });

  it.each([
    ["a clean scan counts no more", [scan("2026-11-20T00:00:00Z", [])]],
    [
      "a bad scan stays bad",
      [
        scan("2026-11-19T00:00:00Z", [], { by: "scanner2" }),
        scan("2026-11-20T00:00:00Z", [["CVE-2026-1", "CRITICAL"]]),
      ],
    ],
  ])("of a scanner: %s", (_, found) => {
    const scanned = asking(
      "vulnerabilities: { signedBy: [scanner, scanner2], block: [{ severity: critical }] }",
    );
    const revoked = revocations("authority: scanner, reason: x");
    expect(
      decide({ policy: scanned, evidence: found, revocations: revoked }).result.rules[0]?.outcome,
    ).toBe("fail");
  });

  it.each([
    ["a provenance", "provenance: { signedBy: [ci] }", provenance()],
    [
      "a bill of materials",
      "sbom: { signedBy: [ci] }",
      attested("https://spdx.dev/Document", spdx(), { by: "ci" }),
    ],
    [
      "a statement",
      'attestation: { predicateType: "urn:qa", signedBy: [ci] }',
      attested("urn:qa", {}, { by: "ci" }),
    ],
    [
      "a dated statement",
      'attestation: { predicateType: "urn:qa", signedBy: [ci] }',
      attested("urn:qa", { timestamp: "2026-11-20T00:00:00Z" }, { by: "ci" }),
    ],
  ])("of who made %s", (_, requirement, fact) => {
    const asked = { policy: asking(requirement), evidence: [fact] };
    expect(decide(asked).result.trust).toBe("verified");
    expect(
      decide({ ...asked, revocations: revocations("authority: ci, reason: x") }).result.trust,
    ).toBe("failed_verification");
  });

  it("that may reach into a manifest that could not be read are unknown", () => {
    const facts = { image: { kind: "unknown", fault: FAULT } } as const;
    expect(seen({ facts, revocations: revocations(CHILD) })[2]).toContain("revoked");
  });

  it("a stale root proves nothing where the policy says so", () => {
    const late = { now: new Date("2027-02-01T00:00:00Z") };
    expect(decide({ policy: SIGNED, evidence: GOOD }).result.decision).toBe("allow");
    expect(decide({ policy: SIGNED, evidence: GOOD, question: late }).result.decision).toBe(
      "refuse",
    );
  });
});

function withImage(value: Partial<ImageFacts>): Partial<TrustFacts> {
  return { image: { kind: "known", value: { ...INDEX, ...value } } };
}

const REVISION = "org.opencontainers.image.revision";
const BASE = "org.opencontainers.image.base.digest";
const STAGED = [
  { channel: "staging", site: "oslo", time: "2026-11-19T00:00:00Z" },
  { channel: "staging", site: "bergen", time: "2026-11-20T00:00:00Z" },
];

describe("001-01 what a channel requires", () => {
  const [amd64, arm64] = INDEX.platforms;
  if (amd64 === undefined || arm64 === undefined) throw new Error("no platforms");
  const rows: readonly (readonly [string, Asked, string])[] = [
    ["002-11 both platforms", { requires: "platforms: [linux/amd64, linux/arm64]" }, "pass"],
    ["002-11 one is missing", { requires: "platforms: [linux/amd64, linux/arm64/v8]" }, "fail"],
    [
      "002-11 nothing runs",
      { requires: "platforms: [linux/amd64]", facts: withImage({ platforms: [] }) },
      "fail",
    ],
    [
      "001-05 an annotation that is there",
      {
        requires: `annotations: { ${REVISION}: { present: true } }`,
        facts: withImage({ annotations: { [REVISION]: "c0ffee" } }),
      },
      "pass",
    ],
    [
      "001-05 an annotation that is not",
      { requires: `annotations: { ${REVISION}: { present: true } }` },
      "fail",
    ],
    [
      "001-05 an empty one",
      {
        requires: `annotations: { ${REVISION}: { present: true } }`,
        facts: withImage({ annotations: { [REVISION]: "" } }),
      },
      "fail",
    ],
    [
      "001-04 a commit",
      {
        requires: `annotations: { ${REVISION}: { matches: "[0-9a-f]{40}" } }`,
        facts: withImage({ annotations: { [REVISION]: "a".repeat(40) } }),
      },
      "pass",
    ],
    [
      "001-04 no commit",
      {
        requires: `annotations: { ${REVISION}: { matches: "[0-9a-f]{40}" } }`,
        facts: withImage({ annotations: { [REVISION]: `${"a".repeat(40)}-dirty` } }),
      },
      "fail",
    ],
    [
      "002-28 a label of every platform",
      {
        requires: `annotations: { ${REVISION}: { eq: x } }`,
        facts: withImage({
          platforms: [
            { ...amd64, labels: { [REVISION]: "x" } },
            { ...arm64, labels: { [REVISION]: "x" } },
          ],
        }),
      },
      "pass",
    ],
    [
      "002-28 a label of one platform",
      {
        requires: `annotations: { ${REVISION}: { eq: x } }`,
        facts: withImage({ platforms: [{ ...amd64, labels: { [REVISION]: "x" } }, arm64] }),
      },
      "fail",
    ],
    [
      "one of a list",
      {
        requires: "annotations: { a: { in: [b, c] } }",
        facts: withImage({ annotations: { a: "c" } }),
      },
      "pass",
    ],
    [
      "none of a list",
      {
        requires: "annotations: { a: { in: [b, c] } }",
        facts: withImage({ annotations: { a: "d" } }),
      },
      "fail",
    ],
    [
      "001-03 a pinned base",
      {
        requires: "baseImage: { pinned: true }",
        facts: withImage({ annotations: { [BASE]: d(1) } }),
      },
      "pass",
    ],
    [
      "001-03 a base by its tag",
      {
        requires: "baseImage: { pinned: true }",
        facts: withImage({ annotations: { [BASE]: "debian:13" } }),
      },
      "fail",
    ],
    ["001-03 no base", { requires: "baseImage: { pinned: true }" }, "fail"],
    ["002-35 a release", { requires: "versions: release" }, "pass"],
    [
      "002-35 a candidate is no release",
      { requires: "versions: release", question: { version: "v1.4.2-rc.1" } },
      "fail",
    ],
    [
      "002-35 a candidate",
      { requires: "versions: prerelease", question: { version: "v1.4.2-rc.1" } },
      "pass",
    ],
    [
      "002-35 what is no SemVer",
      { requires: "versions: release", question: { version: "nightly" } },
      "fail",
    ],
    [
      "any version",
      { requires: "versions: any, kinds: [container-image]", question: { version: "nightly" } },
      "pass",
    ],
    ["a kind", { requires: "kinds: [iso]" }, "fail"],
    ["a project", { requires: "projects: [payments]" }, "pass"],
    ["no such project", { requires: "projects: ['web-*']" }, "fail"],
    [
      "002-64 the candidate's digest",
      {
        requires: "sameDigestAs: candidate",
        facts: { movingTags: new Map([["staging", new Map([["candidate", IMAGE]])]]) },
      },
      "pass",
    ],
    [
      "002-64 another digest",
      {
        requires: "sameDigestAs: candidate",
        facts: { movingTags: new Map([["staging", new Map([["candidate", ARM64]])]]) },
      },
      "fail",
    ],
    [
      "002-64 a tag that is absent",
      {
        requires: "sameDigestAs: candidate",
        facts: { movingTags: new Map([["staging", new Map([["candidate", undefined]])]]) },
      },
      "fail",
    ],
    ["002-64 a tag that is not known", { requires: "sameDigestAs: candidate" }, "unknown"],
    ["soak without a statement", { requires: "soak: 24h" }, "unknown"],
    [
      "soak with one site's statement",
      { requires: "soak: 24h", facts: { promotions: STAGED.slice(0, 1) } },
      "unknown",
    ],
    [
      "soak of another channel",
      {
        requires: "soak: 24h",
        facts: { promotions: STAGED.map((item) => ({ ...item, channel: "dev" })) },
      },
      "unknown",
    ],
    ["soak that is over", { requires: "soak: 24h", facts: { promotions: STAGED } }, "pass"],
    ["soak that is not", { requires: "soak: 48h", facts: { promotions: STAGED } }, "fail"],
    [
      "002-57 licences",
      { requires: "licences: { deny: [AGPL-3.0-only] }", evidence: [sbom("MIT")] },
      "pass",
    ],
    [
      "002-57 a licence that is denied",
      {
        requires: "licences: { deny: [AGPL-3.0-only] }",
        evidence: [sbom("MIT", "MIT AND AGPL-3.0-only")],
      },
      "fail",
    ],
    [
      "002-57 a choice",
      {
        requires: "licences: { deny: [AGPL-3.0-only] }",
        evidence: [sbom("(MIT OR AGPL-3.0-only)")],
      },
      "pass",
    ],
    [
      "002-57 no licence",
      { requires: "licences: { deny: [AGPL-3.0-only] }", evidence: [sbom("NOASSERTION")] },
      "fail",
    ],
    [
      "002-57 no licence, which is allowed",
      {
        requires: "licences: { deny: [AGPL-3.0-only], unknown: allow }",
        evidence: [sbom("NOASSERTION")],
      },
      "pass",
    ],
    ["002-57 no bill of materials", { requires: "licences: { deny: [] }" }, "fail"],
    [
      "a rule by its name, whose match is another",
      {
        policy: policy(rule("r", ["sbom: {}"], "    match: { projects: [web] }\n")),
        requires: "rules: [r]",
      },
      "fail",
    ],
    [
      "a warn rule by its name",
      { policy: policy(rule("r", ["sbom: {}"], "    mode: warn\n")), requires: "rules: [r]" },
      "fail",
    ],
    [
      "a rule that is not there",
      { policy: SIGNED, evidence: GOOD, requires: "rules: [q]" },
      "fail",
    ],
  ];

  it.each(rows)("%s", (_, asked, outcome) => {
    const { result, reasons } = decide(asked);
    const mine = result.requires.filter(({ name }) => name !== "kind");
    expect(mine.map((row) => row.outcome)).toEqual(mine.map(() => outcome));
    expect(mine).not.toEqual([]);
    expect(result.decision).toBe({ pass: "allow", fail: "refuse", unknown: "unknown" }[outcome]);
    expect(reasons.every(({ fix, message }) => fix !== "" && message.endsWith("."))).toBe(true);
  });

  it("what lacks only soak has the time when it may go", () => {
    const asked = { requires: "soak: 48h", facts: { promotions: STAGED } };
    expect(decide(asked).notBefore).toBe("2026-11-22T00:00:00.000Z");
    expect(decide({ ...asked, policy: SIGNED }).notBefore).toBeUndefined();
    expect(decide({ ...asked, policy: SIGNED, evidence: GOOD }).notBefore).toBe(
      "2026-11-22T00:00:00.000Z",
    );
  });

  it("000-11 what lacks only soak may go where that is lifted, with a warning and all its evidence", () => {
    const asked = { requires: "soak: 48h", facts: { promotions: STAGED } };
    const why = "An approved override of pull request 7 lifts it: INC-7";
    const lifted = liftSoak(decide({ ...asked, policy: SIGNED, evidence: GOOD }), why);
    expect(lifted.notBefore).toBeUndefined();
    expect(lifted.result).toMatchObject({ decision: "warn", trust: "verified" });
    expect(lifted.explanation).toContain(why);
    expect(lifted.reasons).toMatchObject([{ code: "requires.soak", verdict: "warn" }]);
    expect(lifted.admittedBy).toEqual([GOOD[0]?.digest]);
  });

  it("000-11 nothing else is lifted with soak", () => {
    const asked = { requires: "soak: 48h", facts: { promotions: STAGED } };
    const unsigned = decide({ ...asked, policy: SIGNED });
    expect(liftSoak(unsigned, "why")).toBe(unsigned);
    const unknown = decide({ requires: "soak: 48h" });
    expect(liftSoak(unknown, "why")).toBe(unknown);
  });

  it("001-15 each channel asks for itself", () => {
    expect(decide({ requires: VERIFIED, policy: SIGNED }).result.decision).toBe("refuse");
    expect(decide({ requires: VERIFIED, policy: policy(""), channel: "dev" }).result.decision).toBe(
      "allow",
    );
  });
});

describe("the document", () => {
  it("has exactly the shape of waybill.dev/verify/v1", () => {
    const { result } = decide({
      policy: SIGNED,
      evidence: GOOD,
      requires: VERIFIED,
      question: { environment: "eu", reference: question({}).artifact.source },
    });
    const document = verifyDocument([result], { policyDigest: undefined, now: NOW });
    expect(JSON.parse(JSON.stringify(document))).toEqual({
      schema: "waybill.dev/verify/v1",
      policyDigest: null,
      now: "2026-11-21T12:00:00.000Z",
      results: [
        {
          artifact: "payments/api",
          version: "v1.4.2",
          digest: IMAGE,
          channel: "prod",
          environment: "eu",
          lifecycle: "published",
          trust: "verified",
          decision: "allow",
          rules: [
            {
              rule: "r",
              mode: "enforce",
              outcome: "pass",
              requirements: [
                {
                  type: "signature",
                  outcome: "pass",
                  evidence: [
                    {
                      digest: GOOD[0]?.digest,
                      form: "bundle",
                      authority: "ci",
                      check: "identity",
                      outcome: "pass",
                    },
                  ],
                },
              ],
            },
          ],
          requires: [
            { name: "kind", outcome: "pass", expected: "container-image", found: "index" },
            { name: "trust", outcome: "pass", expected: "verified", found: "verified" },
          ],
          commands: [
            `oras discover registry.example.com/payments-staging/api@${IMAGE}`,
            `cosign verify --certificate-identity ci --certificate-oidc-issuer https://issuer registry.example.com/payments-staging/api@${IMAGE}`,
          ],
        },
      ],
    });
  });

  it("quotes what a shell would read", () => {
    const { result } = decide({
      policy: asking(`attestation: { predicateType: "urn:a'; rm -rf /", signedBy: [qa] }`),
      evidence: [attested("urn:x", {})],
      question: { reference: question({}).artifact.source },
    });
    expect(result.commands[1]).toContain(`--type 'urn:a'\\''; rm -rf /'`);
  });
});

function applied(match: string, more: Partial<TrustQuestion> = {}): boolean {
  const text = rule("r", ["signature: { anyOf: [ci] }"], `    match: { ${match} }\n`);
  return decide({ policy: policy(text), question: more }).result.rules.length === 1;
}

function sbom(...licences: readonly string[]): EvidenceFact {
  return evidence({ kind: "sbom", document: spdx(licences) }, { form: "sbom" });
}
