import type { Fault } from "./actual.ts";
import type { Digest } from "./digest.ts";
import type { Action } from "./plan.ts";

/** How one action ended. `skipped`: not tried (it waits, a dependency failed, interrupted); `refused`: may not run. */
export type ActionStatus = "done" | "skipped" | "failed" | "refused";

export interface ActionResult {
  readonly action: Action;
  readonly status: ActionStatus;
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** What to do about it, where that is known. */
  readonly hint?: string | undefined;
  /** Whether the next run may succeed where this one failed. */
  readonly retryable: boolean;
}

/** What apply tells while it works, for progress, logs and later for records. Emitted in order of occurrence. */
export type ApplyEvent =
  | { readonly kind: "started"; readonly actions: number; readonly bytes: number }
  | { readonly kind: "transferred"; readonly host: string; readonly bytes: number }
  | {
      readonly kind: "blob";
      readonly digest: Digest;
      readonly to: string;
      readonly how: "uploaded" | "mounted" | "present";
    }
  | { readonly kind: "finished"; readonly result: ActionResult }
  | { readonly kind: "warning"; readonly fault: Fault };

/** The outcome of a whole run (contract §5, `waybill.dev/result/v1`). */
export interface ApplyOutcome {
  readonly planDigest: Digest;
  readonly planned: number;
  readonly observed: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly interrupted: boolean;
  /** In the plan's order. */
  readonly results: readonly ActionResult[];
}
