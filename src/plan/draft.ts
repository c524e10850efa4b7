import type {
  Action,
  ActionKey,
  ActualState,
  Blocked,
  BlockedCode,
  ChannelLimits,
  Decisions,
  DesiredArtifact,
  DesiredState,
  Digest,
  Lift,
  ObservedTarget,
  Op,
  Place,
  PlanNote,
  Repository,
  Scope,
  TrustReason,
  VersionLine,
  Want,
} from "#model";
import { actionId } from "./action-key.ts";
import type { FrozenChannels } from "./freeze.ts";
import type { PlanAttest } from "./plan-attest.ts";
import { later, withheldFrom, type PlannedStep, type PlanTrust } from "./trust.ts";

/** What a plan is made from. `desired` is everything that git says, also where the scope is smaller: it tells what is still needed. */
export interface PlanInput {
  readonly desired: DesiredState;
  readonly decisions: Decisions;
  readonly actual: ActualState;
  readonly scope: Scope;
  /** What git said before, where it is known: what it no longer says of places is told. */
  readonly before?: DesiredState | undefined;
  readonly commit: string | undefined;
  readonly base: string | undefined;
  /** Undefined: no policy asks anything, and the plan is as if there were no trust. */
  readonly trust?: PlanTrust | undefined;
  /** Limits that channels set, as the authority has them; undefined, or no entry: those that always hold. */
  readonly limits?: ReadonlyMap<string, ChannelLimits> | undefined;
  /** Undefined: nothing is frozen. */
  readonly frozen?: FrozenChannels | undefined;
  /** Approved overrides of a freeze. */
  readonly lifts?: readonly Lift[] | undefined;
  /** Undefined: nothing is attested. */
  readonly attest?: PlanAttest | undefined;
}

/** A plan while it is being made. Nothing is kept of what is in place but a count, so that memory stays flat. */
export interface Draft {
  readonly input: PlanInput;
  /** By repository, op and tag (or digest): places that share a repository share their actions. */
  readonly actions: Map<string, Action>;
  readonly blocked: Blocked[];
  readonly notes: Map<string, PlanNote>;
  readonly sourceTroubles: Map<string, SourceTrouble>;
  /** By repository and moving tag: the first place that decides about it. */
  readonly movingTags: Map<string, TagOwner>;
  /** Items in place, by channel and site. */
  readonly inPlace: Map<string, number>;
  /** `wants` → digest → the first line of that digest, which its copy carries. kpromo's places share both. */
  readonly firstLines: Map<readonly Want[], ReadonlyMap<Digest, VersionLine>>;
  /** What trust has to decide about, while it is only asked; by `trustStepKey`. */
  readonly steps: Map<string, PlannedStep & { readonly repositories: Set<Repository> }>;
  /** By repository and digest: why a place of that repository refuses it. */
  readonly withheld: ReadonlyMap<string, readonly TrustReason[]>;
  /** By repository and tag: what a refused step wants to name so, which nothing else gets by that. */
  readonly keptTags: Map<string, TagOwner>;
}

/** One place of one artifact, while it is planned. */
export interface Where {
  readonly draft: Draft;
  readonly artifact: DesiredArtifact;
  readonly place: Place;
}

/** A place whose target was observed. */
export interface Spot extends Where {
  readonly target: ObservedTarget;
}

/** A version that some places of a channel lack and that the artifact's source cannot give. */
export interface SourceTrouble {
  readonly artifact: DesiredArtifact;
  /** The line that its copy would have carried. */
  readonly line: VersionLine;
  readonly code: BlockedCode;
  readonly message: string;
  readonly hint: string;
  readonly channel: string;
  readonly waiting: Waiting[];
}

/** A line at one place that waits for its digest, with the tags that would be written. */
export interface Waiting {
  readonly spot: Spot;
  readonly line: VersionLine;
  readonly tags: readonly string[];
}

/** Who says what a tag should name. */
export interface TagOwner {
  readonly digest: Digest;
  readonly who: string;
}

/** What one action does, where the place says the rest. */
export interface Step {
  readonly op: Op;
  readonly line: VersionLine;
  readonly tag?: string;
  readonly expect?: Digest;
}

/** What an action has beside its key. */
export type Details = Pick<Action, "reason"> &
  Partial<
    Pick<
      Action,
      | "from"
      | "bytes"
      | "evidence"
      | "repair"
      | "gate"
      | "destructive"
      | "notBefore"
      | "decision"
      | "admittedBy"
      | "attest"
    >
  >;

/** Begins an empty plan. */
export function startDraft(input: PlanInput): Draft {
  return {
    input,
    actions: new Map(),
    blocked: [],
    notes: new Map(),
    sourceTroubles: new Map(),
    movingTags: new Map(),
    inPlace: new Map(),
    firstLines: new Map(),
    steps: new Map(),
    withheld: input.trust?.decided === undefined ? new Map() : withheldFrom(input.trust.decided),
    keptTags: new Map(),
  };
}

/** The key of a step at a place. */
export function stepKey({ artifact, place }: Where, { op, line, tag, expect }: Step): ActionKey {
  return {
    op,
    artifact: artifact.id,
    version: line.version,
    digest: line.digest,
    channel: place.channel,
    site: place.site,
    to: place.repository,
    tag: tag ?? null,
    expect: expect ?? null,
  };
}

/** The action that is planned for one name in one repository, if any. */
export function plannedAt(draft: Draft, to: Repository, op: Op, name: string): Action | undefined {
  return draft.actions.get(slot(to, op, name));
}

/**
 * Adds an action, unless the same one is there already for another place with the same repository: then the first
 * place, in order of artifact, channel and site, gives the key. Returns what stands there, maybe with another digest.
 */
export function propose(where: Where, step: Step, details: Details): Action {
  const { draft, artifact, place } = where;
  const at = slot(place.repository, step.op, nameOf(step, place));
  const planned = draft.actions.get(at);
  if (planned !== undefined) {
    const merged = forPlaceToo(planned, details, place);
    if (merged !== planned) draft.actions.set(at, merged);
    return merged;
  }
  const { version, digest } = step.line;
  const key = { ...stepKey(where, step), version, digest };
  const action = { ...key, id: actionId(key), kind: artifact.kind, ...allDetails(details, place) };
  draft.actions.set(at, action);
  return action;
}

/** An action that another place of the same repository asks for too: needed where it is required, and after its time there. */
function forPlaceToo(planned: Action, details: Details, place: Place): Action {
  const isNeeded = planned.bestEffort === true && place.required;
  const notBefore = later(planned.notBefore, details.notBefore);
  const more = details.admittedBy?.some((digest) => planned.admittedBy?.includes(digest) === false);
  if (!isNeeded && notBefore === planned.notBefore && more !== true) return planned;
  return {
    ...planned,
    ...(isNeeded ? { bestEffort: false } : {}),
    notBefore,
    ...(more === true
      ? {
          admittedBy: [
            ...new Set([...(planned.admittedBy ?? []), ...(details.admittedBy ?? [])]),
          ].toSorted(),
        }
      : {}),
  };
}

function allDetails(details: Details, place: Place): Omit<Action, keyof ActionKey | "id" | "kind"> {
  return {
    from: details.from,
    bytes: details.bytes,
    reason: details.reason,
    notBefore: details.notBefore,
    destructive: details.destructive ?? false,
    evidence: details.evidence ?? [],
    repair: details.repair ?? false,
    gate: details.gate,
    bestEffort: !place.required,
    ...(details.decision === undefined ? {} : { decision: details.decision }),
    ...(details.admittedBy === undefined ? {} : { admittedBy: details.admittedBy }),
    ...(details.attest === undefined ? {} : { attest: details.attest }),
  };
}

/** Channels that share a repository share its copies and tags, and each has statements of its own. */
function nameOf({ op, tag, line }: Step, { channel }: Place): string {
  return op === "attest" ? `${line.digest}\n${channel}` : (tag ?? line.digest);
}

function slot(to: Repository, op: Op, name: string): string {
  return `${to}\n${op}\n${name}`;
}

/** Why something that git asks for is not done, and how to unblock it. */
export interface Obstacle {
  readonly code: BlockedCode;
  readonly reason: string;
  readonly hint: string;
  readonly line?: VersionLine;
  readonly step?: Step;
  readonly verdict?: Blocked["verdict"];
}

/** Says that something at a place is blocked; nothing else is. */
export function block(where: Where, obstacle: Obstacle): void {
  const { draft, artifact, place } = where;
  const line = obstacle.step?.line ?? obstacle.line;
  draft.blocked.push({
    artifact: artifact.id,
    version: line?.version,
    channel: place.channel,
    site: place.site,
    key: obstacle.step && stepKey(where, obstacle.step),
    code: obstacle.code,
    reason: obstacle.reason,
    hint: obstacle.hint,
    bestEffort: !place.required,
    ...(obstacle.verdict === undefined ? {} : { verdict: obstacle.verdict }),
  });
}

/** Notes something; the same thing is noted once. */
export function note(draft: Draft, code: string, message: string): void {
  draft.notes.set(`${code}\n${message}`, { code, message });
}

/** Counts items that are in place. */
export function countInPlace({ draft, place }: Where, items: number): void {
  if (items === 0) return;
  const at = siteKey(place.channel, place.site);
  draft.inPlace.set(at, (draft.inPlace.get(at) ?? 0) + items);
}

/** One name for one site of one channel. */
export function siteKey(channel: string, site: string): string {
  return `${channel}\n${site}`;
}
