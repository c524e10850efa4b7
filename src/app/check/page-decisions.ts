import { trustStepKey, type DesiredArtifact, type TrustDecision, type VersionLine } from "#model";
import type { ArtifactPage, WhyQuestion } from "#report";
import type { Loaded } from "../load.ts";
import { decideSteps, stepName, type StepsOptions } from "../trust/decide-steps.ts";
import { trustOf } from "../trust/no-policy.ts";
import { stepsOf } from "../trust/steps-of.ts";

/** A version that is asked about in a channel. */
export interface DecisionAsked {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: string;
}

/** What trust decides about a version in a channel: one decision for each environment of its sites; none where nothing asks for trust. */
export async function decisionsFor(
  { artifact, line, channel }: DecisionAsked,
  loaded: Loaded,
  options: StepsOptions,
  signal: AbortSignal,
): Promise<readonly TrustDecision[]> {
  if (loaded.trust === undefined) return [];
  const steps = stepsOf(artifact, line, { desired: loaded.desired, channel });
  const decided = await decideSteps(steps, loaded.trust, options, signal);
  return steps.flatMap((step) => decided.get(trustStepKey(stepName(step))) ?? []);
}

/** What keeps a version out of its channel and who can supply it: the gates of `waybill why` that rules and policy open (001-01). */
export async function missingFor(
  { artifact, line, channel }: DecisionAsked,
  decision: TrustDecision,
  loaded: Loaded,
  now: Date,
): Promise<ArtifactPage["missing"]> {
  const context = trustOf(loaded);
  const rules = context.channels.get(channel) ?? loaded.desired.channels.get(channel);
  if (rules === undefined) return [];
  const { whyOf } = await import("#report");
  const question: WhyQuestion = {
    decision,
    policyDigest: loaded.trust?.policyDigest,
    now,
    policy: context.policy,
    channel: rules,
    line,
    file: artifact.at.file,
    isListed: true,
    held: rules.after.filter((name) => line.channels.some((use) => use.channel === name)),
    site: undefined,
    // Whether it is at its source, and at its sites, the plan itself says.
    source: { repository: artifact.source, outcome: "pass", found: "" },
    sites: [],
    otherEnvironments: [],
  };
  return whyOf(question).missing.map(({ what, by, found, who, fix }) => ({
    what,
    by,
    found,
    who,
    fix,
  }));
}

/** Of several environments the one that is furthest from entering. */
export function worstDecision(decisions: readonly TrustDecision[]): TrustDecision | undefined {
  const order = ["refuse", "unknown", "warn", "allow"] as const;
  return order.flatMap((verdict) =>
    decisions.filter(({ result }) => result.decision === verdict),
  )[0];
}
