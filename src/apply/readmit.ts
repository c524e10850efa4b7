import type { Action, Fault } from "#model";
import type { Ending } from "./ledger.ts";

/**
 * Judges at the destination, by the rules of an action's channel and site, what let its version in: a fault where it does
 * not hold there (000-18). Whoever plans makes it; apply decides nothing.
 */
export type Readmission = (action: Action, signal: AbortSignal) => Promise<Fault | undefined>;

/** Tells whether an action was let in by evidence, so that the evidence is read back before a tag is written. */
export function isAdmitted({ admittedBy }: Action): boolean {
  return admittedBy !== undefined && admittedBy.length > 0;
}

/**
 * Reads evidence back at the destination, once a channel and site of some actions on one digest; the first fault
 * withholds the tags. Without evidence, or without anybody who reads it, nothing is asked.
 */
export async function readmit(
  admit: Readmission | undefined,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<Ending | undefined> {
  if (admit === undefined) return undefined;
  const asked = Map.groupBy(
    actions.filter(isAdmitted),
    ({ channel, site }) => `${channel ?? ""}\n${site ?? ""}`,
  );
  for (const [action] of asked.values()) {
    const fault = action && (await admit(action, signal));
    if (fault !== undefined) return withheld(fault);
  }
  return undefined;
}

function withheld({ message, hint, retryable }: Fault): Ending {
  return { status: "failed", code: "trust.not-readmitted", message, hint, retryable };
}
