import { compareText, parseTime, type EvidenceFact, type Json, type OnceBad } from "#model";
import type { Asked, Candidate } from "./candidates.ts";
import { memberAt, textIn } from "./json.ts";
import { predicateTypeOf } from "./question.ts";

/** Where the predicates that are known here say when their work was finished. */
const TIMES: readonly (readonly string[])[] = [
  ["metadata", "scanFinishedOn"],
  ["metadata", "buildFinishedOn"],
  ["metadata", "finishedOn"],
  ["runDetails", "metadata", "finishedOn"],
  ["generated_at"],
  ["timeVerified"],
  ["finishedOn"],
  ["timestamp"],
];

/** When the work was done, as the signed statement itself says; in milliseconds. */
export function statedTime(predicate: Json): number | undefined {
  for (const keys of TIMES) {
    const time = parseTime(textIn(memberAt(predicate, ...keys)) ?? "");
    if (time !== undefined) return time;
  }
  return undefined;
}

/** A candidate as one of a series of one authority. */
export interface Dated {
  readonly candidate: Candidate;
  readonly time: number;
  readonly good: boolean;
}

/** What the newest of each authority say together. */
export interface Newest {
  /** Good, still counting, newer than all that is bad of the same authority; newest first. */
  readonly good: readonly Dated[];
  /** The newest that is bad, of each authority that has nothing good that is newer. */
  readonly bad: readonly Dated[];
}

/**
 * For dated predicates the newest of each authority counts (issue 5 §2). What fell, or lies in the future, can satisfy
 * nothing and hides nothing good; but where it is bad it stays bad, so that a revocation never lets anything pass.
 */
export function newestOf(series: readonly Dated[], now: Date): Newest {
  const counting = series
    .filter(
      ({ good, time, candidate }) =>
        !good || (candidate.fallen === undefined && time <= now.getTime()),
    )
    .toSorted(newestFirst);
  const byAuthority = Map.groupBy(counting, ({ candidate }) => candidate.check?.authority ?? "");
  const runs = [...byAuthority.values()].map((items) => {
    const firstBad = items.findIndex(({ good }) => !good);
    return { good: firstBad < 0 ? items : items.slice(0, firstBad), bad: items[firstBad] };
  });
  return {
    good: runs.flatMap(({ good }) => good).toSorted(newestFirst),
    bad: runs.flatMap(({ good, bad }) => (good.length > 0 || bad === undefined ? [] : [bad])),
  };
}

/** At one time the bad one first; then by digest, so that the order in which a store lists evidence decides nothing. */
function newestFirst(a: Dated, b: Dated): number {
  return (
    b.time - a.time ||
    Number(a.good) - Number(b.good) ||
    compareText(a.candidate.fact.digest, b.candidate.fact.digest)
  );
}

/** Bad evidence that was read once and cannot be found any more: what it was about is then unknown (issue 5 §2). */
export function isBadOneMissing(
  { question, evidence }: Asked,
  authorities: readonly string[],
  isKind: (predicateType: string) => boolean,
): boolean {
  const present = new Set(evidence.facts.map(({ digest }) => digest));
  return question.facts.onceBad.some(
    (once: OnceBad) =>
      authorities.includes(once.authority) &&
      isKind(once.predicateType) &&
      !present.has(once.evidence),
  );
}

/** The predicate of an attestation; undefined for other evidence. */
export function predicateOf({ content }: EvidenceFact): Json | undefined {
  return content.kind === "attestation" ? content.predicate : undefined;
}

/** Whether evidence is an attestation of one of some predicate types. */
export function isAttestation(
  isKind: (predicateType: string) => boolean,
): (fact: EvidenceFact) => boolean {
  return (fact) => {
    const type = predicateTypeOf(fact);
    return type !== undefined && isKind(type);
  };
}
