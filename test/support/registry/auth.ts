import type { Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";

/** The refusal of a request whose credentials do not do, or undefined where they do. */
export function guard(_context: Context, _exchange: Exchange): Answer | undefined {
  return undefined;
}
