import type { GatheredFacts } from "#inventory";
import { compareText, type Digest, type OnceBad, type TrustDecision } from "#model";

/**
 * Evidence that authorities made and that refuses, whatever else let the version in: what was known of it before, and what
 * was read now. Our own statement keeps it, so that taking it away later is noticed (issue 5 §2).
 */
export function refutingOf(
  { result }: TrustDecision,
  { evidence }: GatheredFacts,
  before: readonly OnceBad[],
): readonly OnceBad[] {
  const types = new Map<Digest, string>();
  for (const { facts } of evidence.values())
    for (const { digest, content, form } of facts)
      // A host that is asked always answers with its newest scan: an older one is not taken away, but replaced.
      if (content.kind === "attestation" && form !== "api")
        types.set(digest, content.predicateType);
  const now = result.rules
    .flatMap(({ requirements }) => requirements)
    .filter(({ type }) => type === "vulnerabilities" || type === "attestation")
    .flatMap((requirement) => requirement.evidence)
    .flatMap(({ digest, authority, check, outcome }): readonly OnceBad[] => {
      const predicateType = types.get(digest);
      const refuses = check === "condition" && outcome === "fail";
      return refuses && authority !== undefined && predicateType !== undefined
        ? [{ evidence: digest, authority, predicateType }]
        : [];
    });
  const all = new Map([...before, ...now].map((item) => [keyOf(item), item]));
  return [...all].toSorted(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

function keyOf({ evidence, authority, predicateType }: OnceBad): string {
  return `${evidence} ${authority} ${predicateType}`;
}
