import type { Kind } from "./desired.ts";
import type { Position } from "./diagnostic.ts";
import type { Glob } from "./glob.ts";

/** Who owns what, and who may change the policies: `policies/owners.yaml` (issue 6 §3). */
export interface Owners {
  readonly groups: ReadonlyMap<string, OwnerGroup>;
  readonly rows: readonly OwnersRow[];
  /** Groups whose members may change policies and lift limits. */
  readonly admins: readonly string[];
}

/** People, teams and Apps under one name. */
export interface OwnerGroup {
  readonly name: string;
  readonly people: readonly NamedPerson[];
  /** `ORG/SLUG` */
  readonly teams: readonly string[];
  /** Slugs. An App may promote; its approval never counts. */
  readonly apps: readonly string[];
  readonly at: Position;
}

/** A person as a policy names them; where a number is given it alone decides, because a name can be given up and taken. */
export interface NamedPerson {
  readonly login: string;
  readonly id: number | undefined;
}

/** Files that need the approval of somebody of these groups. */
export interface OwnersRow {
  readonly paths: readonly Glob[];
  /** Only files of artifacts of these kinds; undefined: of any. */
  readonly kinds: readonly Kind[] | undefined;
  readonly from: readonly string[];
  readonly at: Position;
}

/** How many approvals a step into a channel needs, and whose count. */
export interface ApprovalRule {
  readonly count: number;
  /** Groups; undefined: everybody who may write to the repository. */
  readonly from: readonly string[] | undefined;
  /** Whether the owners of the files are asked for steps into this channel. */
  readonly codeOwners: boolean;
}

/** What is asked where a channel says nothing: one approval of somebody who may write, and the owners'. */
export const DEFAULT_APPROVALS: ApprovalRule = { count: 1, from: undefined, codeOwners: true };

/** A time in which a channel stays as it is. */
export type FreezeWindow = FreezeSpan | FreezeWeekly;

export interface FreezeSpan {
  readonly kind: "span";
  /** RFC 3339; the end is the first instant after it. */
  readonly from: string;
  readonly to: string;
  readonly reason: string | undefined;
  readonly at: Position;
}

export interface FreezeWeekly {
  readonly kind: "weekly";
  readonly days: readonly Weekday[];
  /** `HH:MM` by the clocks of the zone; an end at or before the begin is on the day after. */
  readonly from: string;
  readonly to: string;
  /** An IANA time zone. */
  readonly timeZone: string;
  readonly reason: string | undefined;
  readonly at: Position;
}

/** In the order of `Date.prototype.getUTCDay`. */
export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** How much a channel may lose, or move, at one site in one run, before it stops and asks (promise 10). */
export interface ChannelLimits {
  /** Undefined: the limit that holds where nothing is said. */
  readonly remove: ChangeLimit | undefined;
  readonly move: ChangeLimit | undefined;
}

/** Over it is more than `count`, and also more than `floor` where that is more than `share` of what is there. */
export interface ChangeLimit {
  readonly count: number | undefined;
  readonly share: number | undefined;
  readonly floor: number;
}

/** More than 10 and more than 30 % of what is there (contract §3). */
export const DEFAULT_LIMIT: ChangeLimit = { count: undefined, share: 0.3, floor: 10 };

/** A rule that a pull request asks to be lifted once, in its own words (issue 6 §3). */
export interface Override {
  readonly limit: "remove" | "move" | "freeze" | "soak";
  readonly channel: string;
  /** Undefined: at every site of the channel. */
  readonly site: string | undefined;
  /** For `remove` and `move`: how many may; undefined: all that the pull request comes to. */
  readonly value: number | undefined;
  /** Foreign words. */
  readonly reason: string;
  /** RFC 3339 */
  readonly expires: string;
  /** The line of the body. */
  readonly line: number;
}

/** A wait that an approved override ends, for what its own pull request changes and for nothing else. */
export interface Lift {
  readonly limit: "freeze" | "soak";
  /** The artifacts that the override's pull request changed. */
  readonly artifacts: ReadonlySet<string>;
  readonly channel: string;
  /** Undefined: at every site of the channel. */
  readonly site: string | undefined;
  /** For a person: by what, and why. */
  readonly why: string;
}

/** What may be lifted of an artifact in a channel at a site. */
export interface LiftQuestion extends Pick<Lift, "limit" | "channel" | "site"> {
  readonly artifact: string;
}

/** The lift that ends a wait of this artifact in this channel at this site, if one does. */
export function liftFor(lifts: readonly Lift[], asked: LiftQuestion): Lift | undefined {
  const { limit, artifact, channel, site } = asked;
  return lifts.find(
    (lift) =>
      lift.limit === limit &&
      lift.channel === channel &&
      (lift.site === undefined || lift.site === site) &&
      lift.artifacts.has(artifact),
  );
}
