import type { Digest, TrustDecision, TrustPolicy } from "#model";
import {
  attested,
  d,
  decide,
  policy,
  rule,
  scan,
  signature,
  spdx,
  type Asked,
} from "../../support/trust-questions.ts";

/** Text of strangers that would do harm where it is not escaped. */
export const HOSTILE = "evil`|@team\u001b[31m<img src=x>";

const REQUIREMENTS = [
  "signature: { anyOf: [ci, rel] }",
  "sbom: { formats: [spdx], signedBy: [ci] }",
  'provenance: { signedBy: [ci], builders: [{ id: "https://builder", maxLevel: 3 }] }',
  "vulnerabilities: { signedBy: [scanner], block: [{ severity: critical }, { severity: high, unless: mitigated }], vex: { signedBy: [sec] }, maxAge: 30d }",
  'attestation: { predicateType: "https://example.com/qa/v1", signedBy: [qa], where: [{ path: /result, op: eq, value: passed }] }',
];

export const POLICY: TrustPolicy = policy(rule("payments-images", REQUIREMENTS));

/** Digests that are told apart by their first characters. */
function e(number: number): { readonly digest: Digest } {
  return { digest: d(0xe0 + number) };
}

/** One decision as a rich policy comes to it: some things pass, some fail, some are not known. */
export function decided(over: Asked = {}): TrustDecision {
  return decide({
    policy: POLICY,
    requires: "trust: verified, soak: 24h, versions: release",
    evidence: [
      signature({ by: "ci", ...e(1) }),
      signature({
        by: "rel",
        ...e(2),
        form: "legacy",
        check: {
          outcome: "fail",
          check: "crypto",
          expected: "a signature by the key",
          found: HOSTILE,
        },
      }),
      attested("https://example.com/qa/v1", { result: HOSTILE }, { by: "qa", ...e(3) }),
      scan("2026-11-20T00:00:00Z", [["CVE-2026-1", "HIGH"]], { by: "scanner", ...e(4) }),
      attested("https://spdx.dev/Document", spdx(), e(5)),
    ],
    ...over,
  });
}

/** One that nothing refuses. */
export function complete(over: Asked = {}): TrustDecision {
  return decide({
    policy: policy(rule("payments-images", REQUIREMENTS.slice(0, 1))),
    evidence: [signature({ by: "ci", ...e(1) })],
    ...over,
  });
}
