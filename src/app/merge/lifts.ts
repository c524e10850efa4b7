import { parseTime, type Lift, type Override } from "#model";
import type { SourceOf } from "./sources.ts";

/**
 * The waits that approved overrides of merged pull requests end (issue 6 §3): each for what its own pull request changed,
 * so that nobody is thawed by somebody else's words.
 */
export function liftsOf(sources: readonly SourceOf[]): readonly Lift[] {
  return sources.flatMap(({ source, overrides, pullRequest }) => {
    const artifacts = new Set(source.changes.map(({ artifact }) => artifact));
    return overrides.flatMap(({ limit, channel, site, reason }): readonly Lift[] => {
      if (limit !== "freeze" && limit !== "soak") return [];
      const why = `An approved override of pull request ${pullRequest?.number ?? ""} lifts it: ${reason}`;
      return [{ limit, artifacts, channel, site, why }];
    });
  });
}

/** One sentence for each override that a merged pull request asked for and that lifts nothing. */
export function unliftedOf(sources: readonly SourceOf[], now: Date): readonly string[] {
  return sources.flatMap(({ source, overrides, pullRequest }) => {
    if (source.kind === "commit") return [];
    const left = source.question.overrides.asked.filter((asked) => !overrides.includes(asked));
    return left.map(
      (asked) =>
        `The override of ${asked.limit} in ${asked.channel} of pull request ${pullRequest?.number ?? ""} lifts nothing: ${whyNot(asked, source.question.rules.channels.has(asked.channel), now)}.`,
    );
  });
}

function whyNot({ channel, expires }: Override, isChannel: boolean, now: Date): string {
  if (!isChannel) return `${channel} is no channel`;
  if ((parseTime(expires) ?? -Infinity) <= now.getTime()) return `it expired at ${expires}`;
  return "nobody who may lift it approved it after the body was last changed";
}
