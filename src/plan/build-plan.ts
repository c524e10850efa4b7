import {
  compareText,
  type DesiredArtifact,
  type DesiredState,
  type Place,
  type Plan,
  type Scope,
} from "#model";
import { planDigest } from "./action-key.ts";
import { note, startDraft, type Draft, type PlanInput, type Spot } from "./draft.ts";
import { waitForFreeze } from "./freeze.ts";
import { findOverLimit } from "./limits.ts";
import { blockClosedPlace, openPlace } from "./open-place.ts";
import { planStatements } from "./plan-attest.ts";
import { planMoving } from "./plan-moving.ts";
import { planNotes } from "./plan-notes.ts";
import { planRevoked } from "./plan-revoked.ts";
import { waitForCopies } from "./plan-tag.ts";
import { planWants } from "./plan-wants.ts";
import { planWithdrawals } from "./plan-withdrawals.ts";
import { sortActions, sortBlocked, sortNotes } from "./sort.ts";
import { settleSourceTroubles } from "./source-troubles.ts";
import type { PlannedStep } from "./trust.ts";

/**
 * Compares what git says with what the stores hold and plans the difference (contract §3): the same desired and actual
 * state give the same plan on any machine, in whatever order files and observations came.
 */
export function buildPlan(input: PlanInput): Plan {
  return planWithSteps(input).plan;
}

/** A plan, and the steps in it that trust has to decide about; none where no policy asks anything, or all is decided. */
export interface PlanWithSteps {
  readonly plan: Plan;
  readonly steps: readonly PlannedStep[];
}

/** Plans as `buildPlan`, and tells the steps that the plan would take while nothing is decided (issue 5 §2). */
export function planWithSteps(input: PlanInput): PlanWithSteps {
  const desired = inOrder(input.desired);
  const draft = startDraft({ ...input, desired });
  const spots = openPlaces(draft, inScope(desired, input.scope));
  for (const spot of spots) planWants(spot);
  settleSourceTroubles(draft);
  for (const spot of spots) planMoving(spot);
  waitForCopies(draft);
  planStatements(draft, spots);
  planWithdrawals(draft, spots);
  planRevoked(draft, spots);
  planNotes(draft, spots);
  return { plan: finish(draft), steps: [...draft.steps.values()] };
}

/** Where places share a repository the first gives an action its key, so that the order may not depend on anything else. */
function inOrder(desired: DesiredState): DesiredState {
  const artifacts = desired.artifacts
    .toSorted((a, b) => compareText(a.id, b.id))
    .map((artifact) => ({ ...artifact, places: artifact.places.toSorted(comparePlaces) }));
  return { ...desired, artifacts };
}

function comparePlaces(a: Place, b: Place): number {
  return (
    compareText(a.channel, b.channel) ||
    compareText(a.site, b.site) ||
    compareText(a.repository, b.repository)
  );
}

function inScope(desired: DesiredState, scope: Scope): readonly DesiredArtifact[] {
  switch (scope.kind) {
    case "all":
      return desired.artifacts;
    case "since": {
      const ids = new Set(scope.artifacts);
      return desired.artifacts.filter(({ id }) => ids.has(id));
    }
  }
}

function openPlaces(draft: Draft, artifacts: readonly DesiredArtifact[]): readonly Spot[] {
  const spots: Spot[] = [];
  for (const artifact of artifacts) {
    for (const place of artifact.places) {
      const where = { draft, artifact, place };
      const spot = openPlace(where);
      if (spot === undefined) blockClosedPlace(where);
      else spots.push(spot);
    }
  }
  return spots;
}

function finish(draft: Draft): Plan {
  const { input } = draft;
  const overLimit = findOverLimit(draft);
  for (const { message } of overLimit) note(draft, "limit", message);
  const actions = waitForFreeze(draft, sortActions(draft.actions.values()));
  return {
    digest: planDigest(actions),
    commit: input.commit,
    base: input.base,
    scope: input.scope,
    depth: input.actual.depth,
    unchanged: draft.inPlace.values().reduce((sum, items) => sum + items, 0),
    actions,
    blocked: sortBlocked(draft.blocked),
    notes: sortNotes(draft.notes.values()),
    ...(overLimit.length === 0
      ? {}
      : { overLimit: overLimit.flatMap(({ ids }) => ids).toSorted() }),
  };
}
