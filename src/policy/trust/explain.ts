import type { RuleResult, TrustReason, TrustState, Verdict } from "#model";
import type { TrustQuestion } from "./question.ts";

/** What a decision came from. */
export interface Decided {
  readonly trust: TrustState;
  readonly decision: Verdict;
  readonly reasons: readonly TrustReason[];
  readonly rules: readonly RuleResult[];
}

/** One line that says what was decided and why (issue 5 §2). */
export function explain(
  { artifact, version, channel, environment, policy }: TrustQuestion,
  { trust, decision, reasons, rules }: Decided,
): string {
  const where = environment === undefined ? channel.name : `${channel.name} (${environment})`;
  const what = `${artifact.id}@${version}`;
  const names = rules.filter(({ mode }) => mode === "enforce").map(({ rule }) => rule);
  const because = becauseOf(reasons, decision);
  switch (decision) {
    case "allow":
      return `${what} may enter ${where}: ${trust}${why(trust, names, policy !== undefined)}.`;
    case "warn":
      return `${what} may enter ${where}, with a warning: ${because}`;
    case "refuse":
      return `${what} may not enter ${where}: ${because}`;
    case "unknown":
      return `Whether ${what} may enter ${where} is not known: ${because}`;
  }
}

function becauseOf(reasons: readonly TrustReason[], decision: Verdict): string {
  const first = reasons.find(({ verdict }) => verdict === decision);
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : "";
  return `${first?.message ?? ""}${more}`;
}

function why(trust: TrustState, rules: readonly string[], hasPolicy: boolean): string {
  if (trust === "verified") return ` by ${rules.join(", ")}`;
  if (!hasPolicy) return ", there is no policies/trust.yaml and the channel asks for none";
  return ", no enforce rule matches and the channel asks for none";
}
