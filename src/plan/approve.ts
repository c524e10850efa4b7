import type { Action, ActionResult, ApprovedPlan, Plan } from "#model";

/** What somebody approved: all that they saw, or the actions that they named one by one; maybe of one channel only. */
export interface Approval {
  readonly what:
    | { readonly kind: "all" }
    | { readonly kind: "keys"; readonly ids: ReadonlySet<string> };
  readonly channel: string | undefined;
}

/** The part of a plan that may be done now, and every action that may not, with its reason, in the plan's order. */
export interface Approved {
  readonly plan: ApprovedPlan;
  readonly leftOut: readonly ActionResult[];
}

/**
 * Approves a plan in whole or in part. Left out are actions that the approval does not name, destructive ones (until
 * their guards come), moves over a limit that are not named one by one, and what cannot be done without those. Actions
 * and obstacles of other channels than the approval's are not part of the run at all.
 */
export function approve(plan: Plan, approval: Approval): Approved {
  const { channel } = approval;
  const asked = channel === undefined ? plan.actions : ofChannel(plan.actions, channel);
  const given = { ...approval, what: withStatements(approval.what, plan.actions) };
  const verdicts = new Map(asked.map((action) => [action.id, refusalOf(action, plan, given)]));
  const copies = copiesByPlace(plan.actions);
  const actions: Action[] = [];
  const leftOut: ActionResult[] = [];
  for (const action of asked) {
    const refusal = verdicts.get(action.id) ?? dependencyRefusal(action, copies, verdicts);
    if (refusal === undefined) actions.push(action);
    else leftOut.push({ action, ...refusal, retryable: false });
  }
  const blocked = plan.blocked.filter(
    (item) => channel === undefined || item.channel === undefined || item.channel === channel,
  );
  const approved = { ...plan, actions, blocked };
  return { plan: approved as unknown as ApprovedPlan, leftOut };
}

/** Whoever approves that a digest is placed approves our statements about it, which no plan's digest counts (contract §5). */
function withStatements(what: Approval["what"], actions: readonly Action[]): Approval["what"] {
  if (what.kind === "all") return what;
  const placed = new Set(
    actions.flatMap((action) =>
      isPlacing(action) && what.ids.has(action.id) ? [placeOf(action)] : [],
    ),
  );
  const implied = actions.filter((action) => action.op === "attest" && placed.has(placeOf(action)));
  return { kind: "keys", ids: new Set([...what.ids, ...implied.map(({ id }) => id)]) };
}

function isPlacing({ op }: Action): boolean {
  return op === "copy" || op === "tag";
}

type Refusal = Pick<ActionResult, "status" | "code" | "message">;

function refusalOf(action: Action, plan: Plan, { what }: Approval): Refusal | undefined {
  if (what.kind === "keys" && !what.ids.has(action.id)) {
    return refused(
      "beyond-plan",
      "The approved plan does not have this action: it became needed since, or was left out.",
    );
  }
  if (action.destructive) {
    return refused(
      "destructive-not-enabled",
      "Removals are planned and not carried out by this version of waybill; nothing was removed.",
    );
  }
  if (what.kind === "all" && plan.overLimit?.includes(action.id)) {
    return refused(
      "limit",
      "Too many existing tags would move at once; to do it, name each: waybill plan --out FILE, read it, waybill apply --plan FILE.",
    );
  }
  return undefined;
}

function refused(code: string, message: string): Refusal {
  return { status: "refused", code, message };
}

/** The actions of a channel, with what they need of others where channels share a repository. */
function ofChannel(actions: readonly Action[], channel: string): readonly Action[] {
  const own = actions.filter((action) => action.channel === channel);
  const copies = copiesByPlace(actions);
  const needed = new Set(own.flatMap((action) => [action.id, ...needsOf(action, copies)]));
  return actions.filter((action) => needed.has(action.id));
}

function copiesByPlace(actions: readonly Action[]): ReadonlyMap<string, string> {
  return new Map(
    actions.flatMap((action) => (action.op === "copy" ? [[placeOf(action), action.id]] : [])),
  );
}

function placeOf({ to, digest }: Action): string {
  return `${to}@${digest}`;
}

/** The copy of the digest that an action names, or says something about. */
function ownCopy(action: Action, copies: ReadonlyMap<string, string>): string | undefined {
  const isAbout = action.op === "tag" || action.op === "attest";
  return isAbout ? copies.get(placeOf(action)) : undefined;
}

function needsOf(action: Action, copies: ReadonlyMap<string, string>): readonly string[] {
  const copy = ownCopy(action, copies);
  const gate = [...(action.gate?.require ?? []), ...(action.gate?.anyOf ?? [])];
  return copy === undefined ? gate : [copy, ...gate];
}

/** What builds on an action that may not be done cannot be done either. */
function dependencyRefusal(
  action: Action,
  copies: ReadonlyMap<string, string>,
  verdicts: ReadonlyMap<string, Refusal | undefined>,
): Refusal | undefined {
  function stays(id: string): boolean {
    return verdicts.has(id) && verdicts.get(id) === undefined;
  }
  const copy = ownCopy(action, copies);
  const isMet =
    (copy === undefined || stays(copy)) &&
    (action.gate?.require ?? []).every(stays) &&
    (action.gate?.anyOf ?? []).filter(stays).length >= (action.gate?.atLeast ?? 0);
  if (isMet) return undefined;
  return {
    status: "skipped",
    code: "waits-for-refused",
    message: "It needs an action that was not approved, and waits with it.",
  };
}
