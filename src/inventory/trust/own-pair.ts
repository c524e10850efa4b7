import type { Descriptor, Digest, Fault, Repository } from "#model";
import type { ReadStores } from "#stores";
import type { OwnStatement } from "#trust";
import { attempt } from "../attempt.ts";
import { ownBundles, type OwnQuestion } from "./own-bundles.ts";

/** Which pair of our statements is looked for. */
export interface PairQuestion extends OwnQuestion {
  /** Manifests that a pair must be attached to: the digest, its platforms, or both. */
  readonly subjects: readonly Digest[];
  /** Where statements may lie. */
  readonly repositories: readonly Repository[];
}

/** A statement of a pair. */
export type OwnType = OwnStatement["type"];

/** What was found of a pair. */
export type PairAnswer =
  | {
      readonly kind: "known";
      /** Subject → what it lacks; empty: the pair is there. */
      readonly missing: ReadonlyMap<Digest, readonly OwnType[]>;
      /** Statements that say to be ours and that no signer of the policy stands behind. */
      readonly superseded: readonly Digest[];
      /** Everything that refers to the digest where it is placed. */
      readonly referrers: readonly Descriptor[];
    }
  | { readonly kind: "unknown"; readonly fault: Fault };

const BOTH: readonly OwnType[] = ["vsa", "promotion"];

/**
 * Looks for our two statements about a digest in a channel, at the digest and beside it. Any pair that verifies under the
 * signing authority of the policy in force is one, however old, so that nothing is ever signed twice.
 */
export async function findOwnPair(
  question: PairQuestion,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const answer = await attempt(() => look(question, stores, signal));
  signal.throwIfAborted();
  return answer.kind === "value" ? answer.value : { kind: "unknown", fault: answer.fault };
}

async function look(
  question: PairQuestion,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const missing = new Map<Digest, readonly OwnType[]>();
  const superseded: Digest[] = [];
  const placed = await stores.read(question.placed).referrers(question.digest, signal);
  for (const subject of question.subjects) {
    const found = new Set<OwnType>();
    for (const at of question.repositories) {
      const repository = stores.read(at);
      const isKnown = at === question.placed && subject === question.digest;
      const listed = isKnown ? placed : await repository.referrers(subject, signal);
      for (const own of await ownBundles(repository, { listed, subject }, question, signal)) {
        if (own.isGood) found.add(own.statement.type);
        else superseded.push(own.digest);
      }
    }
    const lacks = BOTH.filter((type) => !found.has(type));
    if (lacks.length > 0) missing.set(subject, lacks);
  }
  return { kind: "known", missing, superseded, referrers: placed };
}
