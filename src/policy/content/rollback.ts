import type {
  Action,
  Blocked,
  DesiredArtifact,
  Plan,
  RollbackReadiness,
  RollbackSite,
  VersionLine,
} from "#model";
import type { EnteringVersion } from "../changes/entering-versions.ts";
import { rankLines } from "../rank-lines.ts";

/** A version that a channel could go back to, and where it should be. */
export interface RollbackTarget {
  readonly line: VersionLine;
  /** Sites at which the channel means it after this change. */
  readonly sites: readonly string[];
}

/**
 * The version that a rollback of an entering one would go to: the newest that its channel has had, still means, and may
 * use; or why there is none (issue 6 §2, 000-31).
 */
export function rollbackTarget(
  { channel, line, against }: EnteringVersion,
  now: DesiredArtifact,
): RollbackTarget | string {
  if (against === undefined) return `${channel} has no version before this one`;
  const places = now.places.filter((place) => place.channel === channel);
  const held = places.flatMap(({ wants }) => wants.map((want) => want.line));
  const usable = [...new Set(held)].filter(
    ({ digest, state }) => digest !== line.digest && state === undefined,
  );
  const target =
    usable.find(({ digest }) => digest === against.digest) ??
    rankLines(usable)[0]?.line ??
    usable.at(-1);
  if (target === undefined)
    return `${channel} means no other version after this change: ${against.version} leaves it, or is deprecated`;
  const sites = places
    .filter(({ wants }) => wants.some((want) => want.line.version === target.version))
    .map(({ site }) => site);
  return { line: target, sites };
}

/** What is known of a version at the sites of its channel. */
export interface RollbackFacts {
  readonly artifact: string;
  readonly channel: string;
  readonly plan: Pick<Plan, "actions" | "blocked">;
  /** Site → why trust does not let it be used there today, or could not tell; no entry: it does, or nothing asks. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Tells at which sites a version is complete and verified. What the plan would still do there is missing today. */
export function rollbackReadiness(
  { line, sites }: RollbackTarget,
  { artifact, channel, plan, refused }: RollbackFacts,
): RollbackReadiness {
  return {
    kind: "version",
    version: line.version,
    digest: line.digest,
    sites: sites.map((site): RollbackSite => {
      const at = { artifact, channel, site, line };
      const missing =
        plan.blocked.filter((item) => isAbout(item, at)).map(({ reason }) => reason)[0] ??
        plan.actions.filter((action) => isLacking(action, at)).map(lackWords)[0] ??
        refused.get(site);
      return { site, isReady: missing === undefined, missing };
    }),
  };
}

interface At {
  readonly artifact: string;
  readonly channel: string;
  readonly site: string;
  readonly line: VersionLine;
}

/** Something that is not known of a whole place is not known of this version either. */
function isAbout(
  { artifact, version, channel, site, key }: Blocked,
  { artifact: id, channel: name, site: where, line }: At,
): boolean {
  if (artifact !== id || (channel ?? name) !== name || (site ?? where) !== where) return false;
  if (key?.tag !== undefined && key.tag !== null && version !== line.version) return false;
  return version === undefined || version === line.version;
}

/** A copy is not there yet, or lacks something; its own tag has to name it. Moving tags are what a rollback moves. */
function isLacking(
  { op, artifact, digest, channel, site, version, tag, expect }: Action,
  at: At,
): boolean {
  const isThere = artifact === at.artifact && channel === at.channel && site === at.site;
  if (!isThere || digest !== at.line.digest) return false;
  return (
    op === "copy" ||
    (op === "tag" && version === at.line.version && tag !== null && expect === null)
  );
}

function lackWords({ op, reason, tag }: Action): string {
  return op === "copy" ? reason : `its tag ${tag ?? ""} is not there yet`;
}
