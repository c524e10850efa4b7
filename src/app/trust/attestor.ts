import type {
  Action,
  ApprovedPlan,
  AttestTarget,
  DesiredArtifact,
  DesiredState,
  Digest,
  Fault,
  Manifest,
  Repository,
  TrustDecision,
  TrustPolicy,
} from "#model";
import type { Attested, Attestor } from "#apply";
import type { OwnType } from "#inventory";
import type { ReadStores } from "#stores";
import type { AdmittedFacts, EvidenceSigner, PromotionFacts } from "#trust";
import { evidenceRepository } from "./attach-rule.ts";
import { changeFinder, projectUrl, type ChangeFinder } from "./change-facts.ts";
import type { TrustContext } from "./context.ts";
import { pairFinder, type PairFinder } from "./pair-finder.ts";
import type { Revisions } from "../revisions.ts";

/** What statements are made with. */
export interface AttestorOptions {
  readonly context: TrustContext;
  readonly desired: DesiredState;
  readonly revisions: Revisions;
  readonly stores: ReadStores;
  readonly plan: ApprovedPlan;
  readonly signer: EvidenceSigner;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly toolVersion: string;
  readonly now: () => Date;
}

interface Attesting extends AttestorOptions {
  readonly finder: PairFinder;
  readonly changes: ChangeFinder;
  readonly policy: TrustPolicy;
}

/**
 * Makes what signs our statements while apply runs (issue 5 §5). It looks once more just before it signs, so that what
 * another run wrote in between, or a killed one before it, is not signed twice.
 */
export async function attestor(options: AttestorOptions): Promise<Attestor | undefined> {
  const { context, stores, now, desired, revisions, env } = options;
  const finder = await pairFinder(context, { stores, now: now() });
  if (finder === undefined || context.policy === undefined) return undefined;
  const changes = changeFinder({ git: revisions.git, commit: revisions.commit, desired, env });
  const attesting = { ...options, finder, changes, policy: context.policy };
  return (action, manifest, signal) => attest({ action, manifest }, attesting, signal);
}

interface Asked {
  readonly action: Action;
  readonly manifest: Manifest;
}

async function attest(
  { action, manifest }: Asked,
  attesting: Attesting,
  signal: AbortSignal,
): Promise<Attested> {
  const { attest: target } = action;
  const artifact = attesting.desired.artifacts.find(({ id }) => id === action.artifact);
  if (target === undefined || artifact === undefined) return fault("the plan does not say how");
  const { coveredBy } = await import("#inventory");
  const covered = coveredBy(manifest, target.coverage);
  const pair = await attesting.finder.find(
    {
      placed: action.to,
      digest: action.digest,
      channel: action.channel ?? "",
      subjects: covered.map(({ digest }) => digest),
      repositories: homesOf(action, target, attesting),
    },
    signal,
  );
  if (pair.kind === "unknown") return { kind: "fault", fault: pair.fault };
  if (pair.missing.size === 0) return { kind: "signed", writes: [] };
  const facts = await factsOf({ action, target, artifact }, attesting);
  const subjects = covered.map(({ digest }) => digest);
  const { finder, signer } = attesting;
  const { makeEvidence, SignError } = await import("#trust");
  try {
    const made = await makeEvidence(
      {
        facts: { ...facts, subjects },
        lacking: covered.map((subject) => ({ subject, types: lackedBy(subject.digest, pair) })),
        with: signer,
        authority: finder.authority,
      },
      signal,
    );
    return {
      kind: "signed",
      writes: made.map((one) => ({ repository: target.repository, artifact: one })),
    };
  } catch (error) {
    if (!(error instanceof SignError)) throw error;
    const { code, message, hint, retryable } = error;
    return { kind: "fault", fault: { code, message, hint, retryable } };
  }
}

function lackedBy(
  digest: Digest,
  { missing }: { readonly missing: ReadonlyMap<Digest, readonly OwnType[]> },
): readonly OwnType[] {
  return missing.get(digest) ?? [];
}

function fault(why: string): Attested {
  const message = `This could not be attested: ${why}; this is a defect of waybill.`;
  const told: Fault = { code: "not-attested", message, hint: undefined, retryable: false };
  return { kind: "fault", fault: told };
}

function homesOf(
  { to, channel }: Action,
  { repository }: AttestTarget,
  { context }: Attesting,
): readonly Repository[] {
  const placement = context.channels.get(channel ?? "")?.attestation;
  const beside = placement === undefined ? [] : [evidenceRepository(placement, to)];
  return [...new Set([to, repository, ...beside])];
}

interface Promoted {
  readonly action: Action;
  readonly target: AttestTarget;
  readonly artifact: DesiredArtifact;
}

async function factsOf(
  { action, target, artifact }: Promoted,
  attesting: Attesting,
): Promise<Omit<PromotionFacts, "subjects">> {
  const { context, policy, plan, env, desired, changes, now, toolVersion } = attesting;
  const { revision: commit } = context;
  const environment = desired.sites.get(action.site ?? "")?.environment;
  const project = projectUrl(env);
  const [by, run] = [env["GITHUB_ACTOR"], env["GITHUB_RUN_ID"]];
  return {
    artifact: {
      project: artifact.project,
      name: artifact.name,
      version: action.version,
      kind: action.kind,
    },
    channel: action.channel ?? "",
    site: action.site ?? "",
    environment,
    digest: action.digest,
    from: artifact.source,
    to: action.to,
    tags: target.tags,
    change: await changes(action, artifact),
    run:
      project === undefined
        ? {}
        : { ...(by && { by }), ...(run && { url: `${project}/actions/runs/${run}` }) },
    planDigest: plan.digest,
    policy: {
      uri:
        project === undefined
          ? "waybill:policies/trust.yaml"
          : `git+${project}@${commit ?? "HEAD"}#policies/trust.yaml`,
      commit,
      digest: context.policyDigest,
    },
    admitted: admittedBy(target.decision, policy),
    verifierId: policy.signing?.verifierId ?? "",
    toolVersion,
    now: now(),
  };
}

function admittedBy(decision: TrustDecision, policy: TrustPolicy): AdmittedFacts {
  const { result, explanation, exceptions, admittedBy: evidence, refuting = [] } = decision;
  const passed = result.rules.filter(({ outcome }) => outcome === "pass");
  return {
    trust: result.trust,
    explanation,
    rules: passed.map(({ rule }) => rule).toSorted(),
    evidence,
    exceptions,
    refuting,
    buildLevel: buildLevelOf(decision, policy),
  };
}

/** The SLSA build level that provenance proves: the least that the rule believes of its builders, whichever of them it was. */
function buildLevelOf({ result }: TrustDecision, { rules }: TrustPolicy): number | undefined {
  const proven = result.rules
    .filter(
      ({ outcome, mode, requirements }) =>
        outcome === "pass" &&
        mode === "enforce" &&
        requirements.some((one) => one.type === "provenance" && one.outcome === "pass"),
    )
    .map(({ rule }) => rules.find(({ name }) => name === rule));
  const levels = proven.flatMap((rule) =>
    (rule?.require ?? []).flatMap((requirement) => {
      if (requirement.type !== "provenance") return [];
      const believed = (requirement.builders ?? []).map(({ maxLevel }) => maxLevel ?? 0);
      return believed.length === 0 ? [] : [Math.min(...believed)];
    }),
  );
  const best = Math.max(0, ...levels);
  return best === 0 ? undefined : best;
}
