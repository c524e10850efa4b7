import type { Policies, SourceFile } from "#desired";
import type { Diagnostic } from "#model";
import { TRUST_FILES } from "./policy-files.ts";

/** What of the trust policies may not change against the base: half a root, a revocation that is taken back (issue 5 §2). */
export async function compareTrustWithBase(
  policies: Policies,
  base: readonly SourceFile[],
  changed: readonly string[],
): Promise<readonly Diagnostic[]> {
  if (!changed.some((path) => TRUST_FILES.has(path))) return [];
  const { compareTrust, readPolicies } = await import("#desired");
  const before = readPolicies(base.filter(({ path }) => TRUST_FILES.has(path))).policies;
  return compareTrust({
    // A file that did not change is its own base.
    trust: changed.includes("policies/trust.yaml") ? policies.trust : undefined,
    baseTrust: before.trust,
    revocations: policies.revocations,
    baseRevocations: before.revocations,
    revocationsFile: "policies/revocations.yaml",
  });
}
