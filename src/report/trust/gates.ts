import type { Outcome } from "#model";

/** The six gates that a version passes, in order (001-01). */
export const GATES = ["build", "scan", "sign", "publish", "promote", "mirror"] as const;
export type Gate = (typeof GATES)[number];

/** One thing that is asked, who asks it, and how it stands. */
export interface AskedItem {
  readonly gate: Gate;
  readonly what: string;
  /** Such as `rule payments-images`, `channel prod`. */
  readonly by: string;
  readonly outcome: Outcome;
  /** `warn`: it is told, and stops nothing. */
  readonly mode: "enforce" | "warn";
  readonly found: string;
}

/** One thing that keeps a version out, who can supply it, and how. */
export interface MissingItem {
  readonly gate: Gate;
  readonly what: string;
  readonly by: string;
  readonly found: string;
  readonly who: string;
  readonly fix: string;
}

/** How a gate stands: open, missing something, not known, nothing is asked there, or nobody asked for it yet. */
export type GateState = "open" | "missing" | "not known" | "nothing asked" | "waits";

/** How each gate stands, from all that is asked; what only warns closes none. The last one waits for those before it. */
export function gateState(gate: Gate, asked: readonly AskedItem[]): GateState {
  const own = asked.filter((item) => item.gate === gate && item.mode === "enforce");
  if (own.some(({ outcome }) => outcome === "fail")) return "missing";
  if (own.some(({ outcome }) => outcome === "unknown")) return "not known";
  if (own.length > 0) return "open";
  const isClosed = asked.some(({ mode, outcome }) => mode === "enforce" && outcome !== "pass");
  return gate === "mirror" && isClosed ? "waits" : "nothing asked";
}
