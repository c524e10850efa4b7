import {
  apply,
  plan,
  type ApplyAnswer,
  type ApplyRequest,
  type PlanAnswer,
  type PlanRequest,
} from "#app";
import type { Plan } from "#model";
import type { Workspace } from "../support/workspace.ts";

export const NOW: Date = new Date("2026-11-21T12:00:00Z");

/** A signal that never aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** A question to `plan` about everything, unless the test asks for something else. */
export function planRequest(
  { root }: Pick<Workspace, "root">,
  over: Partial<PlanRequest> = {},
): PlanRequest {
  return {
    root,
    env: {},
    registriesFile: undefined,
    since: undefined,
    deep: false,
    detailedExitCode: false,
    now: () => NOW,
    ...over,
  };
}

export function askPlan(
  workspace: Pick<Workspace, "root">,
  over: Partial<PlanRequest> = {},
): Promise<PlanAnswer> {
  return plan(planRequest(workspace, over), calm());
}

/** The plan of a run that must have come to one. */
export async function planned(
  workspace: Pick<Workspace, "root">,
  over: Partial<PlanRequest> = {},
): Promise<Extract<PlanAnswer, { kind: "planned" }>> {
  const answer = await askPlan(workspace, over);
  if (answer.kind === "planned") return answer;
  throw new Error(answer.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
}

/** An apply that everybody says yes to, unless the test says otherwise. */
export function applyRequest(
  { root }: Pick<Workspace, "root">,
  over: Partial<ApplyRequest> = {},
): ApplyRequest {
  return {
    root,
    env: {},
    registriesFile: undefined,
    since: undefined,
    deep: false,
    now: () => NOW,
    channel: undefined,
    allowDirty: false,
    planFile: undefined,
    confirm: async () => true,
    emit: () => undefined,
    note: () => undefined,
    ...over,
  };
}

export function askApply(
  workspace: Pick<Workspace, "root">,
  over: Partial<ApplyRequest> = {},
): Promise<ApplyAnswer> {
  return apply(applyRequest(workspace, over), calm());
}

/** The outcome of an apply that must have come to one. */
export async function applied(
  workspace: Pick<Workspace, "root">,
  over: Partial<ApplyRequest> = {},
): Promise<Extract<ApplyAnswer, { kind: "applied" }>> {
  const answer = await askApply(workspace, over);
  if (answer.kind === "applied") return answer;
  throw new Error(`expected an outcome, not ${answer.kind}`);
}

/** `copy v1.0.0 staging`, a row an action. */
export function rows({ actions }: Pick<Plan, "actions">): readonly string[] {
  return actions.map(({ op, version, channel, tag }) =>
    [op, version, channel, tag].filter((part) => part !== null).join(" "),
  );
}
