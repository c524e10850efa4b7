import type {
  Action,
  Blocked,
  Change,
  DesiredState,
  Place,
  PlaceChange,
  Plan,
  TagChange,
  Unread,
} from "#model";
import { storeOf } from "./careful-stores.ts";

/** A plan and the difference of files that it was made for. */
export interface Sorting {
  readonly plan: Plan;
  readonly desired: DesiredState;
  readonly changes: readonly Change[];
  readonly unread: readonly Unread[];
}

/** A pull request's changes by what is known of them. */
export interface Sorted {
  readonly inPlace: readonly PlaceChange[];
  readonly desired: readonly (PlaceChange | TagChange)[];
  /** The plan without what is blocked for nothing but a store that this job may not read. */
  readonly known: Plan;
}

/**
 * Tells apart what the stores answered from what could only be read in the files (issue 6 §1): where a store was not
 * read, its changes are the desired difference, and that it is unknown is no mistake of the pull request.
 */
export function sortChanges({ plan, desired, changes, unread }: Sorting): Sorted {
  const isUnread = unreadPlaces(desired, unread);
  const known = {
    ...plan,
    blocked: plan.blocked.filter((item) => !(isUndecided(item) && isUnread(item))),
  };
  const acted = new Set(plan.actions.flatMap(namesOf));
  const stopped = known.blocked;
  const asked = changes.filter((change) => change.kind !== "moves" && isPlaced(change));
  return {
    known,
    inPlace: asked.filter(
      (change): change is PlaceChange =>
        change.kind === "enters" &&
        !isUnread(change) &&
        !acted.has(nameOf(change)) &&
        !stopped.some((item) => concerns(item, change)),
    ),
    desired: changes.filter(
      (change): change is PlaceChange | TagChange =>
        isPlaced(change) && isUnread(change) && !acted.has(nameOf(change)),
    ),
  };
}

function isPlaced(change: Change): change is PlaceChange | TagChange {
  return change.kind === "enters" || change.kind === "leaves" || change.kind === "moves";
}

interface Somewhere {
  readonly artifact: string;
  readonly channel?: string | undefined;
  readonly site?: string | undefined;
}

/** Whether an artifact's source, or the place that is meant (any, where none is named), lies in a store that was not read. */
function unreadPlaces(
  { artifacts }: DesiredState,
  unread: readonly Unread[],
): (item: Somewhere) => boolean {
  const stores = new Set(unread.map(({ store }) => store));
  if (stores.size === 0) return () => false;
  const found = new Map(
    artifacts.map(({ id, source, places }) => [
      id,
      {
        source: stores.has(storeOf(source)),
        places: places.filter((place) => stores.has(storeOf(place.repository))),
      },
    ]),
  );
  return (item) => {
    const artifact = found.get(item.artifact);
    return artifact !== undefined && (artifact.source || artifact.places.some(isAt(item)));
  };
}

function isAt({ channel, site }: Somewhere): (place: Place) => boolean {
  return (place) =>
    (channel === undefined || place.channel === channel) &&
    (site === undefined || place.site === site);
}

/** Something was not known; a refusal stands, whatever could not be read. */
function isUndecided({ code, verdict }: Blocked): boolean {
  return verdict === "unknown" || UNDECIDED.has(code);
}

const UNDECIDED: ReadonlySet<string> = new Set([
  "target-unknown",
  "source-unknown",
  "revision-missing",
  "tag-waits",
]);

/** The names of the changes that an action carries out. */
function namesOf({ artifact, channel, site, digest, op, tag }: Action): readonly string[] {
  const where = `${artifact}\n${channel ?? ""}\n${site ?? ""}\n${digest}`;
  return op === "tag" && tag !== null ? [where, `${where}\n${tag}`] : [where];
}

function nameOf(change: PlaceChange | TagChange): string {
  const { artifact, channel, site, digest } = change;
  const where = `${artifact}\n${channel}\n${site}\n${digest}`;
  return change.kind === "moves" ? `${where}\n${change.tag}` : where;
}

function concerns(item: Blocked, change: Change): boolean {
  if (change.kind !== "enters" && change.kind !== "leaves") return false;
  return (
    item.artifact === change.artifact &&
    (item.version === undefined || item.version === change.version) &&
    (item.channel === undefined || item.channel === change.channel) &&
    (item.site === undefined || item.site === change.site)
  );
}
