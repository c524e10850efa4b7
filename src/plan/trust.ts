import {
  trustStepKey,
  type Action,
  type DesiredArtifact,
  type Digest,
  type Repository,
  type TrustDecision,
  type TrustReason,
  type TrustStepName,
  type VersionLine,
} from "#model";

/** A version that a plan would let into a channel and environment, and where it would be written (issue 5 §2). */
export interface PlannedStep {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: string;
  readonly environment: string | undefined;
  readonly repositories: ReadonlySet<Repository>;
}

/** What trust has to say to a plan. */
export interface PlanTrust {
  /** Digests that are revoked by themselves or by a name of theirs → why; judged without reading anything. */
  readonly revoked: ReadonlyMap<Digest, string>;
  /** Undefined: it is only asked which steps there are. */
  readonly decided: DecidedSteps | undefined;
}

/** The steps that a plan without decisions would take, each with its decision by `trustStepKey`. */
export interface DecidedSteps {
  readonly steps: readonly PlannedStep[];
  readonly decisions: ReadonlyMap<string, TrustDecision>;
  /** By `liftedKey`: decisions of steps whose soak an approved override lifts at one site. */
  readonly lifted?: ReadonlyMap<string, TrustDecision> | undefined;
}

/** One name for one step at one site: an override can be of a site alone. */
export function liftedKey(step: TrustStepName, site: string): string {
  return `${trustStepKey(step)}\n${site}`;
}

/** What was decided about a step at a site. */
export function decisionAt(
  { decisions, lifted }: Omit<DecidedSteps, "steps">,
  step: TrustStepName,
  site: string,
): TrustDecision | undefined {
  return lifted?.get(liftedKey(step, site)) ?? decisions.get(trustStepKey(step));
}

/** What an action has of the decision that lets it through. */
export type Pass = Pick<Action, "decision" | "admittedBy"> & { readonly notBefore?: string };

/** Whether a version may be written at a place. */
export type Admission =
  | { readonly kind: "open"; readonly pass: Pass }
  | { readonly kind: "shut"; readonly reasons: readonly TrustReason[] };

/** The name of a step. */
export function stepName({
  artifact,
  line,
  channel,
  environment,
}: Omit<PlannedStep, "repositories">): TrustStepName {
  return { artifact: artifact.id, version: line.version, channel, environment };
}

/** What a decision means for the actions of its step; one that nobody made lets nothing through. */
export function admissionOf(decision: TrustDecision | undefined): Admission {
  if (decision === undefined) return { kind: "shut", reasons: [UNDECIDED] };
  const { result, reasons, notBefore, explanation } = decision;
  const stops = reasons.filter(({ verdict }) => verdict !== "warn");
  const isLet = result.decision === "allow" || result.decision === "warn";
  if (!isLet && notBefore === undefined)
    return { kind: "shut", reasons: stops.length > 0 ? stops : [UNDECIDED] };
  const verdict = result.decision === "warn" ? "warn" : isLet ? "allow" : "wait";
  const warnings = reasons.filter((reason) => reason.verdict === "warn");
  return {
    kind: "open",
    pass: {
      decision: { trust: result.trust, verdict, explanation, warnings },
      admittedBy: carried(decision),
      ...(isLet || notBefore === undefined ? {} : { notBefore }),
    },
  };
}

/** What can be read back where it is copied to: a host's own scan lies nowhere, and is asked of that host again. */
function carried({ result, admittedBy }: TrustDecision): readonly Digest[] {
  const told = result.rules
    .flatMap(({ requirements }) => requirements)
    .flatMap(({ evidence }) => evidence.filter(({ form }) => form === "api"));
  const digests = new Set(told.map(({ digest }) => digest));
  return admittedBy.filter((digest) => !digests.has(digest));
}

const UNDECIDED: TrustReason = {
  code: "trust.undecided",
  verdict: "unknown",
  message: "Nothing was decided about this step; this is a defect of waybill.",
  fix: "plan again, and report it where it stays",
};

/** One name for one digest in one repository. */
export function digestSlot(repository: Repository, digest: Digest): string {
  return `${repository}\n${digest}`;
}

/**
 * The digests that may not enter a repository because a place of it refuses them. Places of several channels can share
 * one: what is written there for one of them is there for all, so that each of them has to let it in.
 */
export function withheldFrom({
  steps,
  decisions,
}: DecidedSteps): ReadonlyMap<string, readonly TrustReason[]> {
  const withheld = new Map<string, readonly TrustReason[]>();
  const entries = Map.groupBy(
    steps,
    (step) => `${trustStepKey({ ...stepName(step), version: "" })}\n${step.line.digest}`,
  );
  for (const versions of entries.values()) {
    const admissions = versions.map((step) =>
      admissionOf(decisions.get(trustStepKey(stepName(step)))),
    );
    const [first] = versions;
    const [refusal] = admissions;
    if (first === undefined || refusal?.kind !== "shut") continue;
    if (admissions.some(({ kind }) => kind === "open")) continue;
    for (const { line, repositories } of versions)
      for (const repository of repositories)
        withheld.set(digestSlot(repository, line.digest), sharedReasons(first, refusal.reasons));
  }
  return withheld;
}

function sharedReasons(
  { artifact, line, channel }: PlannedStep,
  reasons: readonly TrustReason[],
): readonly TrustReason[] {
  return reasons.map((reason) => ({
    ...reason,
    message: `The repository is also that of ${channel}, where ${artifact.id}@${line.version} may not be: ${reason.message}`,
  }));
}

/** The later of two times, RFC 3339 in UTC with milliseconds; undefined is before all. */
export function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
