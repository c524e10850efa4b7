import {
  MATCH_KEYS,
  matchesAnyGlob,
  matchesGlob,
  type NeverPromote,
  type RuleMatch,
  type TrustPolicy,
  type TrustRule,
} from "#model";
import type { TrustQuestion } from "./question.ts";

/** What the rules that apply depend on. */
type RuleQuestion = Pick<TrustQuestion, "artifact" | "channel" | "environment" | "policy">;

/** The rules that apply: all that match, and those that the channel asks for by name (issue 5 §2). */
export function rulesFor(question: RuleQuestion): readonly TrustRule[] {
  const named = new Set(question.channel.requires?.rules);
  return (question.policy?.rules ?? []).filter(
    (rule) => named.has(rule.name) || matchesRule(question, rule),
  );
}

/** Tells whether a rule's `match` selects the artifact at the channel and environment; `*` matches an absent value. */
function matchesRule(question: RuleQuestion, { match }: TrustRule): boolean {
  const { artifact, channel, environment } = question;
  const values: Readonly<Record<keyof RuleMatch, string>> = {
    projects: artifact.project,
    names: artifact.name,
    kinds: artifact.kind,
    sources: artifact.source,
    channels: channel.name,
    environments: environment ?? "",
    runtimeClasses: artifact.runtimeClass ?? "",
  };
  return MATCH_KEYS.every((key) => matchesAnyGlob(match[key], values[key]));
}

/** Tells whether the artifact's source is one that artifacts may come from (003-17, 004-08). */
export function isAllowedSource(policy: TrustPolicy, { artifact }: TrustQuestion): boolean {
  return (
    policy.allowedSources?.some((glob) =>
      matchesGlob(glob.replaceAll("{project}", artifact.project), artifact.source),
    ) ?? true
  );
}

/** The entry that keeps the artifact out of the channel for good (002-34); undefined where there is none. */
export function neverEntry(
  policy: TrustPolicy,
  { artifact, channel }: TrustQuestion,
): NeverPromote | undefined {
  return policy.neverPromote.find(
    (entry) =>
      matchesAnyGlob(entry.sources, artifact.source) &&
      matchesAnyGlob(entry.projects, artifact.project) &&
      matchesAnyGlob(entry.names, artifact.name) &&
      (entry.kinds?.includes(artifact.kind) ?? true) &&
      matchesAnyGlob(entry.channels, channel.name),
  );
}
