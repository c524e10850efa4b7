import { trustStepKey, type Place, type TrustReason, type VersionLine } from "#model";
import { block, type Draft, type Step, type Where } from "./draft.ts";
import {
  admissionOf,
  decisionAt,
  digestSlot,
  stepName,
  type Admission,
  type PlannedStep,
} from "./trust.ts";

const OPEN: Admission = { kind: "open", pass: {} };

/**
 * Asks whether a version may be written at a place (issue 5 §4). Without a policy everything may; while it is only asked
 * which steps there are, the step is written down and may.
 */
export function admit(where: Where, line: VersionLine): Admission {
  const { trust } = where.draft.input;
  if (trust === undefined) return OPEN;
  if (trust.decided === undefined) {
    noteStep(where, line);
    return OPEN;
  }
  const own = admissionOf(decisionAt(trust.decided, nameAt(where, line), where.place.site));
  if (own.kind === "shut") return own;
  const reasons = where.draft.withheld.get(digestSlot(where.place.repository, line.digest));
  return reasons === undefined ? own : { kind: "shut", reasons };
}

/** Why a version may not be written at a place, where that was asked and decided. */
export function refusalAt(where: Where, line: VersionLine): readonly TrustReason[] | undefined {
  const decided = where.draft.input.trust?.decided;
  if (decided === undefined || !decided.decisions.has(trustStepKey(nameAt(where, line))))
    return undefined;
  const admission = admit(where, line);
  return admission.kind === "shut" ? admission.reasons : undefined;
}

/** Says why a step is refused, or undecided: one obstacle a reason, and nothing else is stopped by it (promise 7). */
export function blockRefused(
  where: Where,
  reasons: readonly TrustReason[],
  what: { readonly line: VersionLine; readonly step?: Step },
): void {
  for (const { code, verdict, message, fix } of reasons) {
    const hint = fix === "" ? "supply what is asked, then plan again" : fix;
    const isKnown = verdict === "refuse";
    block(where, {
      ...what,
      code,
      reason: message,
      hint,
      verdict: isKnown ? "refuse" : "unknown",
    });
  }
}

function noteStep(where: Where, line: VersionLine): void {
  const { draft, artifact, place } = where;
  const { channel } = place;
  const environment = environmentOf(draft, place);
  const key = trustStepKey(nameAt(where, line));
  const known = draft.steps.get(key);
  if (known !== undefined) known.repositories.add(place.repository);
  else {
    const repositories = new Set([place.repository]);
    draft.steps.set(key, { artifact, line, channel, environment, repositories });
  }
}

function nameAt({ draft, artifact, place }: Where, line: VersionLine): ReturnType<typeof stepName> {
  const environment = environmentOf(draft, place);
  return stepName({ artifact, line, channel: place.channel, environment });
}

function environmentOf({ input }: Draft, { site }: Place): PlannedStep["environment"] {
  return input.desired.sites.get(site)?.environment;
}
