import type { Digest, Revocation, TrustPolicy, TrustRoot } from "#model";

/** What `waybill trust show` and `trust explain` tell from. */
export interface TrustOverview {
  /** The commit that the policy was read from; undefined: the work tree. */
  readonly revision: string | undefined;
  readonly policyDigest: Digest | undefined;
  readonly policy: TrustPolicy | undefined;
  readonly revocations: readonly Revocation[];
  readonly channels: readonly AskingChannel[];
  /** Path of a public key → what it is. */
  readonly keys: ReadonlyMap<string, KeyShown>;
  readonly now: Date;
}

/** A channel that asks something beyond the rules, in words. */
export interface AskingChannel {
  readonly name: string;
  readonly asks: readonly string[];
}

/** A public key as the policy's revision holds it. */
export type KeyShown =
  | { readonly kind: "key"; readonly algorithm: string; readonly spki: Digest }
  | { readonly kind: "unusable"; readonly why: string };

/** How old a root is, and whether that is more than its `maxAge`. */
export interface RootAge {
  /** In milliseconds; undefined: its day is no time. */
  readonly age: number | undefined;
  readonly isStale: boolean;
}

/** How old a root is at a time. */
export function rootAge({ fetchedAt, maxAge }: TrustRoot, now: Date): RootAge {
  const fetched = Date.parse(fetchedAt);
  if (Number.isNaN(fetched)) return { age: undefined, isStale: maxAge !== undefined };
  const age = Math.max(0, now.getTime() - fetched);
  return { age, isStale: maxAge !== undefined && age > maxAge };
}
