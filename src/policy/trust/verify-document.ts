import { compareText, type Digest, type VerifyDocument, type VerifyResult } from "#model";

/** What a verify document is about. */
export interface VerifyHead {
  /** Of the policy that was in force; undefined where there is none. */
  readonly policyDigest: Digest | undefined;
  readonly now: Date;
}

/** Puts results into `waybill.dev/verify/v1`, sorted by artifact, version, channel and environment. */
export function verifyDocument(
  results: readonly VerifyResult[],
  { policyDigest, now }: VerifyHead,
): VerifyDocument {
  return {
    schema: "waybill.dev/verify/v1",
    policyDigest: policyDigest ?? null,
    now: now.toISOString(),
    results: results.toSorted(
      (a, b) =>
        compareText(a.artifact, b.artifact) ||
        compareText(a.version, b.version) ||
        compareText(a.channel, b.channel) ||
        compareText(a.environment ?? "", b.environment ?? ""),
    ),
  };
}
