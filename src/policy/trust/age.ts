import { formatDuration } from "#model";
import type { Against } from "./candidates.ts";
import { agesAt, type TrustQuestion } from "./question.ts";

/** How old something may be, and as of when that is judged. */
export interface AgeLimit {
  /** In milliseconds; undefined: any age. */
  readonly maxAge: number | undefined;
  /** Milliseconds since 1970 at which ages are judged: now, or when the version entered. */
  readonly at: number;
  readonly now: Date;
}

/** The age that a requirement allows, as of when the question asks it. */
export function ageLimit(
  { maxAge }: { readonly maxAge: number | undefined },
  question: TrustQuestion,
): AgeLimit {
  return { maxAge, at: agesAt(question), now: question.now };
}

/** What stands against a time: there is none where an age is asked, it lies in the future, or too far back. */
export function tooOld(
  time: number | undefined,
  { maxAge, at, now }: AgeLimit,
): Against | undefined {
  if (time !== undefined && time > now.getTime())
    return {
      expected: "a time that has been",
      found: `${new Date(time).toISOString()}, in the future`,
    };
  if (maxAge === undefined) return undefined;
  const expected = `at most ${formatDuration(maxAge)} old`;
  if (time === undefined) return { expected, found: "no time in the statement" };
  const age = at - time;
  return age <= maxAge ? undefined : { expected, found: `${formatDuration(age)} old` };
}
