import type { Digest, Repository, TrustFacts } from "#model";
import type { ReadStores } from "#stores";
import type { VerifyingAuthority } from "#trust";

/** What is to be known of one digest. */
export interface FactsRequest {
  readonly digest: Digest;
  /** Where to look, best first: the first that holds the digest is read. */
  readonly repositories: readonly Repository[];
  /** By their names in the policy. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  readonly now: Date;
}

/** Gathers and verifies all that is known of one digest; what cannot be read is unknown, and nothing ends a run (promise 3). */
export async function gatherFacts(
  { digest }: FactsRequest,
  _stores: ReadStores,
  signal: AbortSignal,
): Promise<TrustFacts> {
  signal.throwIfAborted();
  const fault = {
    code: "not-asked",
    message: `The evidence of ${digest} was not read.`,
    hint: undefined,
    retryable: true,
  };
  return {
    image: { kind: "unknown", fault },
    evidence: new Map(),
    onceBad: [],
    promotions: [],
    movingTags: new Map(),
    admittedAt: undefined,
  };
}
