import type { Action, ActionResult, Gate } from "#model";
import type { Ledger } from "./ledger.ts";

/** Whether a moving tag may be written now, or what it waited for in vain. */
export type GateAnswer =
  | { readonly kind: "open" }
  | { readonly kind: "shut"; readonly message: string };

/** Whether a gate asks for nothing beyond these actions, so that its tag can be written together with them. */
export function opensWith(gate: Gate | undefined, ids: ReadonlySet<string>): boolean {
  if (gate === undefined) return true;
  const others = gate.require.filter((id) => !ids.has(id));
  const own = gate.anyOf.filter((id) => ids.has(id));
  return others.length === 0 && own.length >= gate.atLeast;
}

/**
 * Waits until the actions that a moving tag depends on have ended: all that it requires must be done, and enough of
 * the others (contract §2: `require` and `quorum`).
 */
export async function waitForGate(gate: Gate | undefined, ledger: Ledger): Promise<GateAnswer> {
  if (gate === undefined) return { kind: "open" };
  const required = await Promise.all(gate.require.map((id) => ledger.ended(id)));
  if (required.some((result) => !isDone(result))) return shut(required);
  const others = await Promise.all(gate.anyOf.map((id) => ledger.ended(id)));
  return others.filter(isDone).length >= gate.atLeast ? { kind: "open" } : shut(others);
}

function isDone(result: ActionResult | undefined): boolean {
  return result?.status === "done";
}

function shut(results: readonly (ActionResult | undefined)[]): GateAnswer {
  const undone = results.filter((result) => !isDone(result));
  const waits = undone.map((result) =>
    result ? describe(result.action) : "a step that is not part of this run",
  );
  const first = [...new Set(waits)].slice(0, 3).join(", ");
  return {
    kind: "shut",
    message: `The tag stays: it moves only when every required site holds the artifact, and this was not done: ${first}.`,
  };
}

function describe(action: Action): string {
  return `${action.op} ${action.version} to ${action.to}`;
}
