import type {
  Action,
  ActionDecision,
  Blocked,
  Json,
  Op,
  Plan,
  PlanNote,
  Scope,
  TrustReason,
} from "#model";
import { keyOf } from "./action-key.ts";

export const PLAN_SCHEMA = "waybill.dev/plan/v1";

/** Writes a plan as the document `waybill.dev/plan/v1` (contract §5). What does not apply is left out; a key is always whole. */
export function planDocument(plan: Plan): { readonly [key: string]: Json } {
  return {
    schema: PLAN_SCHEMA,
    digest: plan.digest,
    ...optional({ commit: plan.commit, base: plan.base }),
    scope: scopeDocument(plan.scope),
    depth: plan.depth,
    summary: summaryDocument(plan),
    actions: plan.actions.map(actionDocument),
    blocked: plan.blocked.map(blockedDocument),
    notes: plan.notes.map(noteDocument),
  };
}

function scopeDocument(scope: Scope): Json {
  switch (scope.kind) {
    case "all":
      return { kind: "all" };
    case "since":
      return { kind: "since", revision: scope.revision, artifacts: scope.artifacts.toSorted() };
  }
}

function summaryDocument({ actions, blocked, notes, unchanged }: Plan): Json {
  const counts: Record<Op, number> = { copy: 0, tag: 0, untag: 0, delete: 0, attest: 0 };
  for (const { op } of actions) counts[op] += 1;
  const warned =
    notes.length + actions.filter(({ decision }) => decision?.verdict === "warn").length;
  return { ...counts, blocked: blocked.length, warned, unchanged };
}

function actionDocument(action: Action): Json {
  const { id, op, artifact, version, digest, kind, to, reason, destructive } = action;
  return {
    id,
    op,
    artifact,
    version,
    digest,
    kind,
    ...optional({ channel: action.channel, site: action.site, from: action.from }),
    to,
    // Under a tag, `null` says that it names nothing now; without a tag there is nothing to expect.
    ...(action.tag === null ? {} : { tag: action.tag, expect: action.expect }),
    ...optional({ bytes: action.bytes }),
    reason,
    ...optional({ notBefore: action.notBefore }),
    destructive,
    ...trustDocument(action),
  };
}

/** What trust decided about an action's step, and the evidence that lets a copy in (issue 5 §4). */
function trustDocument({
  op,
  decision,
  admittedBy,
  attest,
}: Action): Readonly<Record<string, Json>> {
  return optional({
    decision: decision && decisionDocument(decision),
    admittedBy: op === "copy" ? admittedBy : undefined,
    evidence: attest?.repository,
  });
}

function decisionDocument({ trust, verdict, explanation, warnings }: ActionDecision): Json {
  return { trust, verdict, explanation, warnings: warnings.map(warningDocument) };
}

function warningDocument({ code, message, fix }: TrustReason): Json {
  return { code, message, hint: fix };
}

function blockedDocument(item: Blocked): Json {
  const { artifact, version, channel, site, key, code, reason, hint } = item;
  return {
    artifact,
    ...optional({ version, channel, site }),
    ...(key === undefined ? {} : { key: { ...keyOf(key) } }),
    code,
    reason,
    hint,
    ...optional({ verdict: item.verdict }),
  };
}

function noteDocument({ code, message }: PlanNote): Json {
  return { code, message };
}

function optional(members: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  const present: Record<string, Json> = {};
  for (const [key, value] of Object.entries(members)) {
    if (value !== undefined && value !== null) present[key] = value;
  }
  return present;
}
