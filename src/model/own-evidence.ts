/** The predicate type of our own statement: who promoted what, by which change (issue 5 §5). */
export const PROMOTION = "https://waybill.dev/promotion/v1";
/** SLSA's verification summary, of which we write one beside it. */
export const VSA = "https://slsa.dev/verification_summary/v1";

/** What the manifest of each of our statements says, so that nobody need read them all to find those of one channel. */
export const OWN_ANNOTATIONS = {
  channel: "dev.waybill.channel",
  /** Where the digest was put: a copy leaves statements about other repositories behind. */
  repository: "dev.waybill.repository",
  /** As cosign 3 writes it. */
  predicateType: "dev.sigstore.bundle.predicateType",
} as const;
