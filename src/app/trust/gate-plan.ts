import {
  liftFor,
  trustStepKey,
  type Lift,
  type Plan,
  type RegistryHost,
  type TrustDecision,
} from "#model";
import type { PlanInput, PlannedStep } from "#plan";
import type { ReadStores } from "#stores";
import type { KeptProofs } from "#trust";
import type { TrustContext } from "./context.ts";
import { findPairs } from "./find-pairs.ts";
import { decideSteps, stepName, type TrustStep } from "./decide-steps.ts";
import { impliedChannel } from "./implied-channel.ts";
import { namesHeld } from "./names-held.ts";

/** What a plan is gated with. */
export interface GateOptions {
  readonly context: TrustContext;
  readonly stores: ReadStores;
  readonly now: Date;
  /** What registries.yaml says of the hosts: which of them are Harbor. */
  readonly hosts: readonly RegistryHost[];
  readonly kept?: KeptProofs | undefined;
}

/**
 * Plans under trust, in two passes (issue 5 §2, "decisions gate steps"): the first tells which steps a plan would take,
 * the second takes those that policy lets through. What is completely placed is no step, so that no evidence is read
 * for it.
 */
export async function gatePlan(
  bare: PlanInput,
  { context, stores, now, hosts, kept }: GateOptions,
  signal: AbortSignal,
): Promise<Plan> {
  const [{ planWithSteps, buildPlan }, { revokedDigests }] = await Promise.all([
    import("#plan"),
    import("#policy"),
  ]);
  const attest = await findPairs(bare, { context, stores, hosts, now }, signal);
  const input = { ...bare, attest };
  const { desired } = input;
  const { revocations, channels } = context;
  const names = await namesHeld(context, { desired, now });
  const revoked = revokedDigests({ revocations, names, now });
  const { plan, steps } = planWithSteps({ ...input, trust: { revoked, decided: undefined } });
  if (steps.length === 0) return plan;
  const asked = steps.map((step) => questionOf(step, channels));
  const decisions = await decideSteps(asked, context, { desired, stores, now, kept }, signal);
  const lifted = await liftedSteps(asked, decisions, input.lifts ?? []);
  return buildPlan({ ...input, trust: { revoked, decided: { steps, decisions, lifted } } });
}

/** The decisions of steps that wait for soak, at the sites where an approved override lifts it. */
async function liftedSteps(
  steps: readonly TrustStep[],
  decisions: ReadonlyMap<string, TrustDecision>,
  lifts: readonly Lift[],
): Promise<ReadonlyMap<string, TrustDecision>> {
  if (lifts.length === 0) return new Map();
  const [{ liftSoak }, { liftedKey }] = await Promise.all([import("#policy"), import("#plan")]);
  return new Map(
    steps.flatMap((step) => {
      const { artifact, channel } = step;
      const name = stepName(step);
      const decision = decisions.get(trustStepKey(name));
      if (decision?.notBefore === undefined) return [];
      return artifact.places.flatMap(({ channel: where, site }) => {
        const asked = { limit: "soak", artifact: artifact.id, channel: where, site } as const;
        const lift = where === channel.name ? liftFor(lifts, asked) : undefined;
        if (lift === undefined) return [];
        return [[liftedKey(name, site), liftSoak(decision, lift.why)] as const];
      });
    }),
  );
}

/** A step with its channel's rules, which are the authority's. */
function questionOf(
  { artifact, line, channel, environment }: PlannedStep,
  channels: TrustContext["channels"],
): TrustStep {
  return { artifact, line, channel: channels.get(channel) ?? impliedChannel(channel), environment };
}
