import {
  hasErrors,
  trustStepKey,
  type Diagnostic,
  type Position,
  type TrustDecision,
  type VerifyDocument,
} from "#model";
import type { Turned } from "#report";
import { load, type Loaded } from "./load.ts";
import { openRunStores } from "./make-plan.ts";
import { decideSteps, stepName, type TrustStep } from "./trust/decide-steps.ts";
import { keptProofs, type KeepingRequest } from "./trust/kept-proofs.ts";
import { trustOf } from "./trust/no-policy.ts";
import { verifySteps, type VerifySteps, type VerifyTarget } from "./trust/verify-steps.ts";

/** What `waybill verify` is asked. */
export interface VerifyRequest extends VerifyTarget, KeepingRequest {
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly now: Date;
  /** A revision whose policy is asked as well: what would turn if it held. */
  readonly policyFrom: string | undefined;
}

/** The decisions, in the document's order; or why nothing was decided. */
export type VerifyAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "verified";
      /** Under the policy that was asked about: that of `policyFrom` where it was named. */
      readonly decisions: readonly TrustDecision[];
      readonly document: VerifyDocument;
      readonly turned: Turned | undefined;
      readonly diagnostics: readonly Diagnostic[];
      /** What is not allowed, at the lines that list it. */
      readonly findings: readonly Diagnostic[];
      readonly notes: readonly string[];
      readonly exitCode: 0 | 1 | 4;
    };

/** `waybill verify`: what the policy says of what is there, and what of it counts (issue 5 §3). It writes nothing. */
export async function verify(request: VerifyRequest, signal: AbortSignal): Promise<VerifyAnswer> {
  const loaded = await load(request, signal);
  const diagnostics = loaded.diagnostics;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  const other = await otherPolicy(request, signal);
  const stores = await openRunStores(loaded, request);
  try {
    const asked = await verifySteps(request, loaded.desired, stores, signal);
    const options = { ...asked, stores, now: request.now, kept: keptProofs(request) };
    const now = await decideSteps(asked.steps, trustOf(loaded), options, signal);
    if (other === undefined)
      return await answerOf(request, { loaded, asked, decided: now, turned: undefined });
    const under = await decideSteps(asked.steps, trustOf(other), options, signal);
    const turned = await turnedOf(request, { now, under, loaded });
    return await answerOf(request, { loaded: other, asked, decided: under, turned });
  } finally {
    await stores.close();
  }
}

/** The same tree under another revision's authority; its own steps and lines are nobody's question here. */
async function otherPolicy(
  request: VerifyRequest,
  signal: AbortSignal,
): Promise<Loaded | undefined> {
  const { policyFrom } = request;
  return policyFrom === undefined ? undefined : load({ ...request, base: policyFrom }, signal);
}

type Decided = ReadonlyMap<string, TrustDecision>;

async function turnedOf(
  { policyFrom = "" }: VerifyRequest,
  {
    now,
    under,
    loaded,
  }: { readonly now: Decided; readonly under: Decided; readonly loaded: Loaded },
): Promise<Turned> {
  const { turnsOf } = await import("#report");
  return {
    revision: policyFrom,
    policyDigest: loaded.trust?.policyDigest,
    compared: under.size,
    turns: turnsOf(now, under),
  };
}

interface Verified {
  readonly loaded: Loaded;
  readonly asked: VerifySteps;
  readonly decided: Decided;
  readonly turned: Turned | undefined;
}

async function answerOf(
  { now }: VerifyRequest,
  { loaded, asked, decided, turned }: Verified,
): Promise<VerifyAnswer> {
  const { verifyDocument } = await import("#policy");
  const document = verifyDocument(
    [...decided.values()].map(({ result }) => result),
    { policyDigest: loaded.trust?.policyDigest, now },
  );
  const decisions = document.results.flatMap(
    (result) => decided.get(trustStepKey(nameOf(result))) ?? [],
  );
  return {
    kind: "verified",
    decisions,
    document,
    turned,
    diagnostics: loaded.diagnostics,
    findings: findingsOf(asked.steps, decided),
    notes: turned === undefined ? loaded.notes : [],
    exitCode: exitCodeOf(decisions),
  };
}

function nameOf({
  artifact,
  version,
  channel,
  environment,
}: TrustDecision["result"]): ReturnType<typeof stepName> {
  return { artifact, version, channel, environment };
}

/** 1 where a fact could not be read, 4 where a fact refuses, else 0 (issue 5 §3, contract §4). */
export function exitCodeOf(decisions: readonly TrustDecision[]): 0 | 1 | 4 {
  const verdicts = new Set(decisions.map(({ result }) => result.decision));
  if (verdicts.has("unknown")) return 1;
  return verdicts.has("refuse") ? 4 : 0;
}

/** Every reason of what is not simply allowed, at the line of the promotion file. */
function findingsOf(steps: readonly TrustStep[], decided: Decided): readonly Diagnostic[] {
  return steps.flatMap((step) => {
    const decision = decided.get(trustStepKey(stepName(step)));
    return (decision?.reasons ?? []).map(({ code, verdict, message, fix }) => ({
      ...positionOf(step),
      code,
      severity: verdict === "warn" ? ("warning" as const) : ("error" as const),
      message: `${whatOf(step)}: ${message}`,
      hint: fix,
    }));
  });
}

function whatOf({ artifact, line, channel, environment }: TrustStep): string {
  const where = environment === undefined ? channel.name : `${channel.name} (${environment})`;
  return `${artifact.id} ${line.version} for ${where}`;
}

function positionOf({ line, artifact }: TrustStep): Position {
  const { file, line: row, column } = line.at;
  return file === "" ? { file: artifact.source, line: 1, column: 1 } : { file, line: row, column };
}
