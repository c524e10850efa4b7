import {
  liftFor,
  trustStepKey,
  type Action,
  type DesiredState,
  type Digest,
  type Fault,
  type Lift,
  type TrustDecision,
} from "#model";
import type { Readmission } from "#apply";
import type { ReadStores } from "#stores";
import type { TrustContext } from "./context.ts";
import { decideSteps, stepName, type TrustStep } from "./decide-steps.ts";
import { impliedChannel } from "./implied-channel.ts";

/** What is read back, and by whose rules. */
export interface ReadmitOptions {
  readonly context: TrustContext;
  readonly desired: DesiredState;
  readonly stores: ReadStores;
  readonly now: () => Date;
  /** Approved overrides of soak, which hold at the destination as they did for the plan. */
  readonly lifts?: readonly Lift[] | undefined;
}

/**
 * Makes the check that apply does before it writes a tag (000-18, 002-24, 001-18): the destination's own evidence is
 * gathered and judged by the rules of the destination's channel and environment, and must hold all that let the version
 * in when it was planned.
 */
export function readmission(readmitting: ReadmitOptions): Readmission {
  const { context, desired, stores, now } = readmitting;
  const artifacts = new Map(desired.artifacts.map((artifact) => [artifact.id, artifact]));
  return async (action, signal) => {
    const artifact = artifacts.get(action.artifact);
    const line = artifact?.lines.find(({ version }) => version === action.version);
    if (artifact === undefined || line === undefined) return notListed(action);
    const name = action.channel ?? "";
    const channel = context.channels.get(name) ?? impliedChannel(name);
    const environment = desired.sites.get(action.site ?? "")?.environment;
    const step: TrustStep = { artifact, line, channel, environment };
    const options = { desired, stores, now: now(), at: action.to };
    const decisions = await decideSteps([step], context, options, signal);
    const decision = decisions.get(trustStepKey(stepName(step)));
    return faultIn(action, await afterLift(decision, action, readmitting));
  };
}

async function afterLift(
  decision: TrustDecision | undefined,
  { artifact, channel, site }: Action,
  { lifts = [] }: ReadmitOptions,
): Promise<TrustDecision | undefined> {
  const asked = { limit: "soak", artifact, channel: channel ?? "", site: site ?? "" } as const;
  const lift = decision?.notBefore === undefined ? undefined : liftFor(lifts, asked);
  if (decision === undefined || lift === undefined) return decision;
  const { liftSoak } = await import("#policy");
  return liftSoak(decision, lift.why);
}

function faultIn(action: Action, decision: TrustDecision | undefined): Fault | undefined {
  const verdict = decision?.result.decision;
  if (decision === undefined || (verdict !== "allow" && verdict !== "warn"))
    return withheld(action, decision?.explanation ?? "nothing was decided about it", decision);
  const found = evidenceIn(decision);
  const lost = (action.admittedBy ?? []).find((digest) => !found.has(digest));
  if (lost === undefined) return undefined;
  return withheld(action, `${lost}, which let it in, is not found there`, decision);
}

/** Every piece of evidence that was looked at. */
function evidenceIn({ result }: TrustDecision): ReadonlySet<Digest> {
  return new Set(
    result.rules.flatMap(({ requirements }) =>
      requirements.flatMap(({ evidence }) => evidence.map(({ digest }) => digest)),
    ),
  );
}

function withheld({ to, digest }: Action, why: string, decision: TrustDecision | undefined): Fault {
  return {
    code: "trust.not-readmitted",
    message: `${to}@${digest} was not let in again where it was copied to, and gets no tag: ${why}`,
    hint: `look at what is there (waybill verify ${to}@${digest}); then run apply again, with --deep where the digest has another name there: it sends evidence that is missing`,
    retryable: decision?.result.decision === "unknown",
  };
}

function notListed({ artifact, version }: Action): Fault {
  return {
    code: "trust.not-readmitted",
    message: `${artifact} ${version} is not listed any more.`,
    hint: undefined,
    retryable: false,
  };
}
