import type { AuthorityCheck, Digest, EvidenceFact, Fault, Manifest } from "#model";
import type { findOwnPair, OwnBundle, PairAnswer } from "#inventory";
import type { ReadRepository, ReadStores } from "#stores";
import type { VerifyingAuthority } from "#trust";
import type { TrustContext } from "./context.ts";

type Question = Parameters<typeof findOwnPair>[0];

/** Finds pairs of our statements under the policy in force. */
export interface PairFinder {
  /** Who signs by policy. */
  readonly authority: VerifyingAuthority;
  find(
    question: Pick<Question, "placed" | "digest" | "channel" | "subjects" | "repositories">,
    signal: AbortSignal,
  ): Promise<PairAnswer>;
  /** All of our statements about a digest in a channel that one repository lists. Throws a StoreError. */
  bundles(
    repository: ReadRepository,
    question: Pick<Question, "placed" | "digest" | "channel">,
    signal: AbortSignal,
  ): Promise<readonly OwnBundle[]>;
  /** A manifest; absent, or why it is not known. */
  manifest(
    repository: ReadRepository,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "value"; readonly value: Manifest | undefined }
    | { readonly kind: "fault"; readonly fault: Fault }
  >;
}

/** Opens a finder; undefined where the policy names nobody who signs, or its authority could not be read. */
export async function pairFinder(
  { policy, authorities, revocations }: TrustContext,
  { stores, now }: { readonly stores: ReadStores; readonly now: Date },
): Promise<PairFinder | undefined> {
  const name = policy?.signing?.authority;
  const authority = authorities.get(name ?? "");
  if (name === undefined || authority === undefined) return undefined;
  const [{ attempt, findOwnPair: findPair, ownBundles }, examiner, { whyFallen }] =
    await Promise.all([import("#inventory"), import("#trust"), import("#policy")]);
  const under = {
    authorities: new Map([[name, authority]]),
    examiner,
    isFallen: (fact: EvidenceFact, check: AuthorityCheck) =>
      whyFallen({ revocations, now }, fact, check) !== undefined,
    now,
  };
  return {
    authority,
    find: (question, signal) => findPair({ ...question, ...under }, stores, signal),
    async bundles(repository, question, signal) {
      const { digest: subject } = question;
      const listed = await repository.referrers(subject, signal);
      return ownBundles(repository, { listed, subject }, { ...question, ...under }, signal);
    },
    manifest: (repository, digest, signal) => attempt(() => repository.manifest(digest, signal)),
  };
}
