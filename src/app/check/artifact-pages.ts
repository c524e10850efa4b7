import type { Change, DesiredState, RollbackReadiness } from "#model";
import type { EnteringVersion } from "#policy";
import type { ArtifactPage } from "#report";

/** Both revisions of what a pull request touches. */
export interface PagesQuestion {
  readonly before: DesiredState | undefined;
  readonly now: DesiredState;
  readonly changes: readonly Change[];
}

/** A page for each version that would enter a channel: what the files tell of it, without asking any store. */
export async function artifactPages({
  before,
  now,
  changes,
}: PagesQuestion): Promise<readonly ArtifactPage[]> {
  if (before === undefined) return [];
  const { enteringVersions } = await import("#policy");
  return enteringVersions({ before, now, changes }).map((entering) => ({
    artifact: entering.artifact,
    version: entering.line.version,
    digest: entering.line.digest,
    channel: entering.channel,
    from: entering.from,
    places: entering.places.map((place) => ({ channel: entering.channel, ...place })),
    origin: undefined,
    evidence: [],
    content: undefined,
    rollback: rollbackOf(entering),
  }));
}

/** Without a version that was there before, there is nothing to go back to; whether one is complete, stores know. */
function rollbackOf({ against, channel }: EnteringVersion): RollbackReadiness | undefined {
  return against === undefined
    ? { kind: "none", why: `${channel} has no version before this one` }
    : undefined;
}
