import {
  globsMeet,
  MATCH_KEYS,
  type Diagnostic,
  type ProvenanceRequirement,
  type RuleMatch,
  type TrustRule,
} from "#model";
import { lineOf, shown, warningAt } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";

/**
 * Two rules that may meet on one artifact and ask of its provenance what no single build can give (issue 5 §2: all
 * matching rules apply, so that a contradiction refuses everything).
 */
export function checkOverlaps({ policy }: TrustDocument): readonly Diagnostic[] {
  const enforced = policy.rules.filter(({ mode }) => mode === "enforce");
  return enforced.flatMap((rule, index) =>
    enforced.slice(0, index).flatMap((other) => {
      const what = rulesMeet(rule.match, other.match) ? contradiction(rule, other) : undefined;
      if (what === undefined) return [];
      return [
        warningAt(rule.at, "rules-contradict", {
          message: `The rules ${shown(rule.name)} and ${shown(other.name)} (${lineOf(other.at)}) may match one artifact, and ask for ${what}.`,
          expected: "rules that one build can satisfy",
          hint: "narrow the match of one of them: all rules that match apply",
        }),
      ];
    }),
  );
}

function rulesMeet(a: RuleMatch, b: RuleMatch): boolean {
  return MATCH_KEYS.every((key) => listsMeet(a[key], b[key]));
}

function listsMeet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return a.some((left) => b.some((right) => globsMeet(left, right)));
}

function contradiction(a: TrustRule, b: TrustRule): string | undefined {
  for (const left of provenanceOf(a)) {
    for (const right of provenanceOf(b)) {
      const repositories = [left.sourceRepository, right.sourceRepository];
      if (!repositories.includes(undefined) && repositories[0] !== repositories[1])
        return `two source repositories, ${shown(repositories[0] ?? "")} and ${shown(repositories[1] ?? "")}`;
      if (haveNoBuilderInCommon(left, right)) return "builders of which none is in both lists";
    }
  }
  return undefined;
}

function provenanceOf(rule: TrustRule): readonly ProvenanceRequirement[] {
  return rule.require.filter((requirement) => requirement.type === "provenance");
}

function haveNoBuilderInCommon(a: ProvenanceRequirement, b: ProvenanceRequirement): boolean {
  if (a.builders === undefined || b.builders === undefined) return false;
  const ids = new Set(a.builders.map(({ id }) => id));
  return !b.builders.some(({ id }) => ids.has(id));
}
