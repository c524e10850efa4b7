import type {
  ActualState,
  DesiredState,
  Digest,
  Plan,
  TrustDecision,
  TrustReason,
  TrustStepName,
} from "#model";
import { trustStepKey } from "#model";
import { buildPlan, liftedKey, planWithSteps, type PlannedStep, type PlanTrust } from "#plan";
import { decide } from "#policy";
import { actualState, digestOf } from "./state.ts";

/** What a test decides about a step, by `version channel environment`; undefined: allowed. */
export type Decide = (step: PlannedStep) => TrustDecision | undefined;

/** What is decided about steps at one site alone. */
export interface SiteLift {
  readonly site: string;
  readonly decide: (step: PlannedStep) => TrustDecision;
}

export interface TrustWorld {
  readonly lift?: SiteLift;
  readonly actual?: ActualState;
  readonly decide?: Decide;
  /** Words of digests → why. */
  readonly revoked?: Readonly<Record<string, string>>;
}

/** What two passes come to. */
export interface Gated {
  readonly plan: Plan;
  readonly steps: readonly PlannedStep[];
}

/** Plans in two passes as the application does, with decisions that the test makes up. */
export function gated(desired: DesiredState, world: TrustWorld = {}): Gated {
  const input = inputOf(desired, world.actual ?? actualState(desired));
  const revoked = new Map(
    Object.entries(world.revoked ?? {}).map(([word, why]) => [digestOf(word), why] as const),
  );
  const asking: PlanTrust = { revoked, decided: undefined };
  const { steps } = planWithSteps({ ...input, trust: asking });
  const decisions = new Map(
    steps.map((step) => [
      trustStepKey(nameOf(step)),
      world.decide?.(step) ?? decision(step, "allow"),
    ]),
  );
  const { lift } = world;
  const lifted = new Map(
    lift && steps.map((step) => [liftedKey(nameOf(step), lift.site), lift.decide(step)]),
  );
  const plan = buildPlan({ ...input, trust: { revoked, decided: { steps, decisions, lifted } } });
  return { plan, steps };
}

function inputOf(desired: DesiredState, actual: ActualState): Parameters<typeof buildPlan>[0] {
  const decisions = decide({ desired, now: new Date("2026-11-20T12:00:00Z") });
  return {
    desired,
    decisions,
    actual,
    scope: { kind: "all" },
    commit: undefined,
    base: undefined,
  };
}

export function nameOf({ artifact, line, channel, environment }: PlannedStep): TrustStepName {
  return { artifact: artifact.id, version: line.version, channel, environment };
}

/** A reason that refuses for want of a signature, unless it says otherwise. */
export function reason(over: Partial<TrustReason> = {}): TrustReason {
  return {
    code: "trust.signature",
    verdict: "refuse",
    message: "Rule images asks for signature: there is no evidence of any kind about this digest.",
    fix: "sign it",
    ...over,
  };
}

export const EVIDENCE: Digest = digestOf("a signature");

/** A decision about a step; refusals bring one reason unless others are given. */
export function decision(
  step: PlannedStep,
  verdict: "allow" | "warn" | "refuse" | "unknown",
  over: Partial<TrustDecision> & { readonly trust?: TrustDecision["result"]["trust"] } = {},
): TrustDecision {
  const { trust = verdict === "allow" ? "verified" : "unverified", ...rest } = over;
  const { artifact, version, channel, environment } = nameOf(step);
  return {
    result: {
      artifact,
      version,
      digest: step.line.digest,
      channel,
      ...(environment === undefined ? {} : { environment }),
      lifecycle: "promoted",
      trust,
      decision: verdict,
      rules: [],
      requires: [],
      commands: [],
    },
    reasons: verdict === "allow" ? [] : [reason({ verdict })],
    explanation: `${artifact}@${version} at ${channel}: ${verdict}.`,
    admittedBy: verdict === "allow" ? [EVIDENCE] : [],
    notBefore: undefined,
    exceptions: [],
    ...rest,
  };
}

/** A decision that lacks nothing but time. */
export function soaking(step: PlannedStep, notBefore: string): TrustDecision {
  const reasons = [reason({ code: "requires.soak", message: "Channel prod requires soak." })];
  return decision(step, "refuse", { reasons, notBefore });
}
