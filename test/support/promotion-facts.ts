import { parseDigest, type Digest } from "#model";
import type { PromotionFacts } from "#trust";

/** A digest of one repeated character. */
export function digestOf(character: string): Digest {
  const digest = parseDigest(`sha256:${character.repeat(64)}`);
  if (digest === undefined) throw new TypeError(`no hex: ${character}`);
  return digest;
}

/** What our statements about one promotion say; tests change what they ask about. */
export function promotionFacts(more: Partial<PromotionFacts> = {}): PromotionFacts {
  return {
    artifact: { project: "payments", name: "api", version: "v1.4.2", kind: "container-image" },
    channel: "prod",
    site: "oslo",
    environment: "eu",
    digest: digestOf("a"),
    subjects: [digestOf("a")],
    from: "registry.example.com/payments-staging/api",
    to: "registry.oslo.example.com/payments/api",
    tags: ["v1.4.2"],
    change: {
      commit: "1".repeat(40),
      head: "2".repeat(40),
      file: "promotions/payments/api.yaml",
      author: "Kari Nordmann",
      pullRequest: { number: 812 },
      approvers: ["Ola Nordmann"],
    },
    run: { by: "kari", url: "https://ci.example.com/runs/1" },
    planDigest: digestOf("b"),
    policy: { uri: "policies/trust.yaml", commit: "3".repeat(40), digest: digestOf("c") },
    admitted: {
      trust: "verified",
      explanation: "payments-images: passed",
      rules: ["payments-images"],
      evidence: [digestOf("d")],
      exceptions: ["payments-images CVE-2026-1111"],
      buildLevel: 3,
    },
    verifierId: "https://waybill.dev/verifier/v1",
    toolVersion: "0.1.0",
    now: new Date("2026-06-01T12:00:05Z"),
    ...more,
  };
}
