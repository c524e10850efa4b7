import type { TrustDecision } from "#model";
import {
  attested,
  decide,
  evidence,
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

/** One decision as a rich policy comes to it: some things pass, some fail, some were not read. */
export function decided(over: Asked = {}): TrustDecision {
  return decide({
    policy: policy(rule("payments-images", REQUIREMENTS)),
    requires: "trust: verified, soak: 24h, versions: release",
    evidence: [
      signature({ by: "ci" }),
      evidence({ kind: "signature" }, { digest: undefined }),
      attested("https://example.com/qa/v1", { result: HOSTILE }, { by: "qa" }),
      scan("2026-11-20T00:00:00Z", [["CVE-2026-1", "HIGH"]]),
      attested("https://spdx.dev/Document", spdx(), {
        by: "rel",
        check: { outcome: "fail", check: "crypto", expected: "a signature", found: HOSTILE },
      }),
    ],
    ...over,
  });
}

/** The same, complete: nothing refuses it. */
export function complete(): TrustDecision {
  return decide({
    policy: policy(rule("payments-images", REQUIREMENTS.slice(0, 1))),
    evidence: [signature({ by: "ci" })],
  });
}
