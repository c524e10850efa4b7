import type { Lift } from "#model";
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
