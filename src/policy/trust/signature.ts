import { parseTime, type EvidenceFact, type SignatureRequirement } from "#model";
import {
  accepted,
  fallenResult,
  findingOf,
  refused,
  signerOf,
  sortEvidence,
  type Asked,
  type Candidate,
  type Finding,
} from "./candidates.ts";

/**
 * A signature over the digest by enough distinct keys or identities. `scans` are the trusted times of the scans that
 * satisfy the same rule, for `after: vulnerabilities` (001-10).
 */
export function judgeSignature(
  requirement: SignatureRequirement,
  asked: Asked,
  scans: readonly number[],
): Finding {
  const { signedBy, count, formats, after } = requirement;
  const sorted = sortEvidence(asked, {
    what: `a signature in one of the forms ${formats.join(", ")}`,
    authorities: signedBy,
    unsigned: false,
    accepts: (fact) => isSignature(fact, formats),
  });
  function inOrder(candidate: Candidate): boolean {
    return after === undefined || isAfter(candidate, scans);
  }
  const good = sorted.candidates.filter(
    (candidate) => candidate.fallen === undefined && inOrder(candidate),
  );
  const signers = new Set(good.map(signerOf));
  const results = sorted.candidates.map((candidate) => {
    if (candidate.fallen !== undefined) return fallenResult(candidate);
    if (inOrder(candidate)) return accepted(candidate, "identity");
    const found = candidate.check?.trustedTime ?? "no trusted time";
    return refused(candidate, "time", { expected: "signed after a scan that passes", found });
  });
  const more = count > 1 ? ` (${signers.size} of ${count} distinct signers)` : "";
  return findingOf("signature", sorted, {
    satisfied: signers.size >= count,
    results,
    used: good,
    fix: `sign the digest as ${signedBy.join(" or ")}${more}${after === undefined ? "" : ", after the scan, with a timestamp or log entry"}`,
  });
}

function isSignature({ content, form }: EvidenceFact, formats: readonly string[]): boolean {
  return content.kind === "signature" && formats.includes(form);
}

function isAfter({ check }: Candidate, scans: readonly number[]): boolean {
  const signed = parseTime(check?.trustedTime ?? "");
  return signed !== undefined && scans.some((scan) => scan <= signed);
}
