import type { Action, ActionResult, Plan } from "#model";
import { actionId, planDigest } from "../../src/plan/action-key.ts";
import { digestOf, repo } from "./state.ts";

/** An action with a true id; a copy of v1.0.0 to prod at oslo unless it says otherwise. */
export function action(over: Partial<Action> = {}): Action {
  const made: Omit<Action, "id"> = {
    op: "copy",
    artifact: "payments/api",
    version: "v1.0.0",
    digest: digestOf("v1.0.0"),
    channel: "prod",
    site: "oslo",
    to: repo("registry.oslo.example.com/prod/payments/api"),
    tag: null,
    expect: null,
    kind: "container-image",
    from: repo("registry.example.com/staging/api"),
    bytes: 1000,
    reason: "it is not there",
    notBefore: undefined,
    destructive: false,
    evidence: [],
    repair: false,
    gate: undefined,
    bestEffort: false,
    ...over,
  };
  return { ...made, id: actionId({ ...made, id: "" } as Action) };
}

export function tagAction(tag: string, over: Partial<Action> = {}): Action {
  return action({ op: "tag", tag, from: undefined, bytes: undefined, ...over });
}

export function planWith(actions: readonly Action[], over: Partial<Plan> = {}): Plan {
  return {
    digest: planDigest(actions),
    commit: undefined,
    base: undefined,
    scope: { kind: "all" },
    depth: "tags",
    unchanged: 0,
    actions,
    blocked: [],
    notes: [],
    ...over,
  };
}

export function blockedItem(over: Partial<Plan["blocked"][number]> = {}): Plan["blocked"][number] {
  return {
    artifact: "payments/api",
    version: "v1.0.0",
    channel: "prod",
    site: "oslo",
    key: undefined,
    code: "target-unknown",
    reason: "not known",
    hint: "run it again",
    bestEffort: false,
    ...over,
  };
}

export function result(of: Action, status: ActionResult["status"], code?: string): ActionResult {
  return { action: of, status, code, message: undefined, retryable: false };
}
