import type { Action, ActionResult, ActionStatus, ApplyEvent, Fault } from "#model";

/** How an action ended, before it is told. */
export interface Ending {
  readonly status: ActionStatus;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string | undefined;
  readonly retryable?: boolean;
}

export const DONE: Ending = { status: "done" };

/** Keeps how each action ended, tells it once, and lets others wait for it. */
export class Ledger {
  readonly #emit: (event: ApplyEvent) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(actions: readonly Action[], emit: (event: ApplyEvent) => void) {
    this.#emit = emit;
    for (const action of actions)
      this.#entries.set(action.id, { ...Promise.withResolvers<ActionResult>(), result: undefined });
  }

  /** Writes down how an action ended; the first word holds. */
  end(action: Action, ending: Ending): void {
    const entry = this.#entries.get(action.id);
    if (entry === undefined || entry.result !== undefined) return;
    const result: ActionResult = {
      action,
      status: ending.status,
      code: ending.code,
      message: ending.message,
      hint: ending.hint,
      retryable: ending.retryable ?? false,
    };
    entry.result = result;
    entry.resolve(result);
    this.#emit({ kind: "finished", result });
  }

  /** How an action ended, once it has; an id that is no action of this run has not been done by it. */
  async ended(id: string): Promise<ActionResult | undefined> {
    return this.#entries.get(id)?.promise;
  }

  /** How an action ended, if it has. */
  result(id: string): ActionResult | undefined {
    return this.#entries.get(id)?.result;
  }
}

interface Entry {
  readonly promise: Promise<ActionResult>;
  readonly resolve: (result: ActionResult) => void;
  result: ActionResult | undefined;
}

/** An action that failed because of a store. */
export function failed({ code, message, hint, retryable }: Fault): Ending {
  return { status: "failed", code, message, hint, retryable };
}
