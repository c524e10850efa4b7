import type { Fault } from "#model";
import { faultOf } from "#stores";

/** What was answered, or why nothing was. */
export type Attempt<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "fault"; readonly fault: Fault };

/** Runs one question to a store; its failure is an observation, not an end (promise 3). */
export async function attempt<T>(ask: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: "value", value: await ask() };
  } catch (error) {
    return { kind: "fault", fault: faultOf(error) };
  }
}
