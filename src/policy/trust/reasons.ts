import type { RequirementResult, RequiresResult, RuleResult, TrustReason } from "#model";
import type { TrustQuestion } from "./question.ts";

/** Why a rule refuses, warns or is undecided: one reason for each requirement that does not pass. */
export function reasonsOfRule({ rule, mode, requirements }: RuleResult): readonly TrustReason[] {
  return requirements
    .filter(({ outcome }) => outcome !== "pass")
    .map((requirement) => ({
      code: `trust.${requirement.type}`,
      verdict: mode === "warn" ? "warn" : requirement.outcome === "unknown" ? "unknown" : "refuse",
      message: `Rule ${rule} asks for ${requirement.type}: ${whatIsWrong(requirement)}.`,
      fix: requirement.fix ?? "",
    }));
}

/** What was not read, or else what was found and why none of it is enough; never an empty "nothing matches" (issue 5 §3). */
function whatIsWrong({ evidence, outcome, unread = [] }: RequirementResult): string {
  const [first, ...others] = unread;
  if (outcome === "unknown" && first !== undefined) {
    const rest = others.length > 0 ? ` (and ${others.length} more)` : "";
    return `not everything could be read: ${first.replace(/\.$/, "")}${rest}`;
  }
  return whatWasFound({ evidence, outcome });
}

function whatWasFound({
  evidence,
  outcome,
}: Pick<RequirementResult, "evidence" | "outcome">): string {
  if (evidence.length === 0) {
    return outcome === "unknown"
      ? "the evidence could not be read"
      : "there is no evidence of any kind about this digest";
  }
  const close = evidence.filter(({ check }) => check !== "predicate");
  const told = close.length > 0 ? close : evidence;
  const [first] = told.toSorted((a, b) => rank(b.check) - rank(a.check));
  if (first === undefined) return "nothing was found";
  const by = first.authority === undefined ? "" : ` of ${first.authority}`;
  const more = evidence.length > 1 ? `; ${evidence.length} were looked at` : "";
  if (first.outcome === "pass") return `what was found is not enough${more}`;
  return `${short(first.digest)}${by} fails at ${first.check}: expected ${first.expected ?? "more"}, found ${first.found ?? "less"}${more}`;
}

const CHECKS = ["predicate", "identity", "parse", "crypto", "subject", "log", "time", "condition"];

/** The check that comes closest to passing is the one worth telling. */
function rank(check: string): number {
  return CHECKS.indexOf(check);
}

function short(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}

/** Why something that the channel requires refuses; undefined where it passes. */
export function reasonOfRequires(
  { name, outcome, expected, found }: RequiresResult,
  { channel }: TrustQuestion,
  rules: readonly RuleResult[],
): TrustReason | undefined {
  const [head = name] = name.split(".");
  if (outcome === "pass" || isToldByRules(name, rules)) return undefined;
  if (name === "trust" && found.startsWith("revoked")) return undefined;
  return {
    code: `requires.${head}`,
    verdict: outcome === "unknown" ? "unknown" : "refuse",
    message: `Channel ${channel.name} requires ${name}: expected ${expected}, found ${found}.`,
    fix: FIXES.get(head) ?? "supply what is expected",
  };
}

/** What an enforce rule refuses is told once, by the rule. */
function isToldByRules(name: string, rules: readonly RuleResult[]): boolean {
  return rules.some(
    ({ rule, mode, outcome }) =>
      mode === "enforce" && outcome !== "pass" && (name === "trust" || name === `rules.${rule}`),
  );
}

const FIXES: ReadonlyMap<string, string> = new Map([
  ["trust", "supply what the rules ask, or write a rule that matches the artifact"],
  ["rules", "supply what the rule asks"],
  [
    "soak",
    "wait; where nothing says since when, promote it to the channel before with attestation",
  ],
  ["versions", "promote a version of that sort"],
  ["platforms", "build for the platforms that are missing"],
  ["annotations", "set the annotation or label when building"],
  ["kinds", "promote it to a channel for its kind"],
  ["projects", "promote it to a channel for its project"],
  ["sameDigestAs", "promote the digest that the tag names, or let the tag move first"],
  ["baseImage", "build from a base that is named by digest, and annotate it"],
  ["licences", "replace the packages, or complete the bill of materials"],
]);
