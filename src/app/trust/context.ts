import type { Channel, Diagnostic, Digest, Revocation, TrustPolicy } from "#model";
import type { GitRepository } from "#scm";
import type { VerifyingAuthority } from "#trust";

/**
 * The policy that is in force: of one revision, with every file that it names (promise 11, issue 5 §2). There is none where
 * neither trust.yaml nor revocations.yaml exists and no channel has `requires` or `attestation`.
 */
export interface TrustContext {
  /** The commit that it was read from; undefined: the work tree, there is no commit. */
  readonly revision: string | undefined;
  /** Undefined: there is no trust file at that revision. */
  readonly policy: TrustPolicy | undefined;
  /** Those of the revision and of the work tree together. */
  readonly revocations: readonly Revocation[];
  /** The revision's channels, and the tree's own where the revision does not have them yet. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** The authorities that can verify, by name; those of a host sign nothing and are not here. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  /** Path → text of every policy file of the revision that took part. */
  readonly files: ReadonlyMap<string, string>;
  /** SHA-256 of the canonical JSON of path → SHA-256 of those files. */
  readonly policyDigest: Digest;
  /** What is wrong with the revision's own trust files where the work tree has others: while there is an error, nothing is decided. */
  readonly broken: readonly Diagnostic[];
  /** For the names that digests held once. */
  readonly git: GitRepository | undefined;
}
