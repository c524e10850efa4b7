import {
  registryHost,
  addressOf,
  type Action,
  type Blocked,
  type Evidence,
  type Plan,
} from "#model";
import { count, formatBytes } from "./quantities.ts";

/** A plan's items of one artifact and channel, as every view shows them. */
export interface PlanGroup {
  readonly artifact: string;
  readonly channel: string;
  /** Destructive ones first. */
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocked[];
}

/** Groups a plan by artifact and channel, in the plan's order. */
export function groupPlan(plan: Plan): readonly PlanGroup[] {
  const groups = new Map<
    string,
    { artifact: string; channel: string; actions: Action[]; blocked: Blocked[] }
  >();
  function groupOf(artifact: string, channel: string): { actions: Action[]; blocked: Blocked[] } {
    const name = `${artifact}\n${channel}`;
    const known = groups.get(name);
    if (known) return known;
    const group = { artifact, channel, actions: [], blocked: [] };
    groups.set(name, group);
    return group;
  }
  for (const action of plan.actions)
    groupOf(action.artifact, action.channel ?? "").actions.push(action);
  for (const blocked of plan.blocked)
    groupOf(blocked.artifact, blocked.channel ?? "").blocked.push(blocked);
  return [...groups.values()]
    .toSorted((a, b) => compare(a.artifact, b.artifact) || compare(a.channel, b.channel))
    .map((group) => ({ ...group, actions: destructiveFirst(group.actions) }));
}

/** A group's actions in one repository, in the group's order. */
export interface PlaceRows {
  readonly site: string;
  readonly to: string;
  readonly actions: readonly Action[];
}

/** Splits a group by the place that its actions change. */
export function byPlace({ actions }: PlanGroup): readonly PlaceRows[] {
  const places = Map.groupBy(actions, ({ site, to }) => `${site ?? ""}\n${to}`);
  return [...places.values()].flatMap((rows) => {
    const [first] = rows;
    return first === undefined ? [] : [{ site: first.site ?? "", to: first.to, actions: rows }];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function destructiveFirst(actions: readonly Action[]): readonly Action[] {
  return actions.toSorted((a, b) => Number(b.destructive) - Number(a.destructive));
}

/** The word for what an action does: a tag that names something now is moved, a copy of what is there in part repairs it. */
export function verbOf(action: Action): string {
  if (action.op === "copy" && action.repair) return "repair";
  return action.op === "tag" && action.expect !== null ? "move tag" : action.op;
}

/** What an action is about: a tag's name, else the version. */
export function subjectOf(action: Action): string {
  return action.op === "copy" || action.op === "delete" || action.tag === null
    ? action.version
    : action.tag;
}

/** What travels with a copy and how: size, evidence, and whether blobs are mounted or linked instead of sent. */
export function cargoOf(action: Action): string {
  if (action.op !== "copy") return "";
  const size = action.bytes === undefined ? "" : formatBytes(action.bytes);
  return [size, reuseOf(action), evidenceOf(action.evidence)]
    .filter((part) => part !== "")
    .join(", ");
}

function reuseOf(action: Action): string {
  if (action.from === undefined) return "";
  const host = registryHost(action.to);
  if (host !== undefined && host === registryHost(action.from)) return "mounted";
  const layouts = [action.from, action.to].every((place) => addressOf(place).kind === "layout");
  return layouts ? "linked where possible" : "";
}

function evidenceOf(evidence: readonly Evidence[]): string {
  return evidence.length === 0 ? "" : `${count(evidence.length, "piece")} of evidence`;
}
