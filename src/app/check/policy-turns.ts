import type { PolicyTurns } from "#report";
import type { ReadStores } from "#stores";
import { load, type Loaded } from "../load.ts";
import type { PlanRequest } from "../plan.ts";
import { decideSteps } from "../trust/decide-steps.ts";
import { trustOf } from "../trust/no-policy.ts";
import { verifySteps } from "../trust/verify-steps.ts";
import type { ChangedFiles } from "./changed-files.ts";

/** Policies that decide about trust; the keys and roots that they name lie below `policies/`, too. */
const NO_TRUST: ReadonlySet<string> = new Set([
  "policies/sites.yaml",
  "policies/registries.yaml",
  "policies/owners.yaml",
  "policies/retention.yaml",
]);

/** What is checked, and through which stores. */
export interface TurnsQuestion {
  readonly loaded: Loaded;
  readonly changed: ChangedFiles | undefined;
  readonly stores: ReadStores;
}

/**
 * What a pull request that edits policy would turn about what is placed, as `verify --policy-from` tells it (issue 6
 * §1): the base's decisions beside those of the merge result. Undefined where it edits no policy that decides.
 */
export async function policyTurns(
  request: PlanRequest,
  { loaded, changed, stores }: TurnsQuestion,
  signal: AbortSignal,
): Promise<PolicyTurns | undefined> {
  const { commit } = loaded.revisions;
  const decides = changed?.policies.some((path) => !NO_TRUST.has(path)) ?? false;
  if (!decides || changed?.bootstrap === true || commit === undefined) return undefined;
  const now = request.now();
  const proposed = await load({ ...request, since: undefined, base: commit, now }, signal);
  if (loaded.trust === undefined && proposed.trust === undefined) return undefined;
  const asked = await verifySteps(
    { ...EVERYTHING, ...request, folder: request.root },
    loaded.desired,
    stores,
    signal,
  );
  const options = { ...asked, stores, now };
  const before = await decideSteps(asked.steps, trustOf(loaded), options, signal);
  const after = await decideSteps(asked.steps, trustOf(proposed), options, signal);
  const { policyTurnsOf, turnsOf } = await import("#report");
  return policyTurnsOf({
    revision: commit,
    policyDigest: loaded.trust?.policyDigest,
    compared: after.size,
    turns: turnsOf(before, after),
  });
}

const EVERYTHING = {
  target: undefined,
  all: true,
  channel: undefined,
  project: undefined,
  name: undefined,
  kind: undefined,
} as const;
