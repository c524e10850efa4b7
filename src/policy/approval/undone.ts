import type { Change } from "#model";

/**
 * What is still asked for of changes that came one after the other: one that was taken back, and asked for again later, is
 * the later one's alone, so that it has to be approved again. Oldest first, as they were given.
 */
export function withoutUndone(
  sources: readonly (readonly Change[])[],
): readonly (readonly Change[])[] {
  const later = new Map<string, Later>();
  const standing: (readonly Change[])[] = [];
  for (const changes of sources.toReversed()) {
    standing.unshift(
      changes.filter((change) => later.get(aboutOf(change))?.again.has(answerOf(change)) !== true),
    );
    for (const [about, own] of Map.groupBy(changes, aboutOf)) {
      const [answer = "", ...others] = new Set(own.map(answerOf));
      // A line whose tags were edited leaves and enters at once: that takes nothing back.
      if (others.length === 0) later.set(about, before(later.get(about), answer));
    }
  }
  return standing;
}

/** Changes without those that a later state contradicts: what is gone there is not to be done any more. */
export function withoutContradicted(
  changes: readonly Change[],
  later: readonly Change[],
): readonly Change[] {
  const answers = Map.groupBy(later, aboutOf);
  return changes.filter((change) => {
    const said = answers.get(aboutOf(change)) ?? [];
    return said.length === 0 || said.some((other) => answerOf(other) === answerOf(change));
  });
}

/** What came after some moment. */
interface Later {
  readonly answers: ReadonlySet<string>;
  /** What was asked for once something else had been. */
  readonly again: ReadonlySet<string>;
}

function before(later: Later | undefined, answer: string): Later {
  const { answers, again } = later ?? { answers: new Set<string>(), again: new Set<string>() };
  const others = [...answers].filter((other) => other !== answer);
  return { answers: new Set([...answers, answer]), again: new Set([...again, ...others]) };
}

/** What two changes are both about: whether a version is at a place, or what a tag names there. */
function aboutOf(change: Change): string {
  if (!("to" in change)) return JSON.stringify([change.kind]);
  const { artifact, channel, site, to, digest } = change;
  const what = change.kind === "moves" ? ["moves", change.tag] : ["place", digest];
  return JSON.stringify([artifact, channel, site, to, ...what]);
}

function answerOf(change: Change): string {
  if (!("to" in change)) return "";
  return change.kind === "moves" ? change.digest : change.kind;
}
