import type { Fault, ObservedTarget } from "#model";
import { block, type Spot, type Where } from "./draft.ts";
import { faultHint } from "./phrases.ts";
import { isSupported, notObserved } from "./source-troubles.ts";

/** A place's target, where it was observed; undefined: nothing about this place can be decided. */
export function openPlace(where: Where): Spot | undefined {
  const target = where.draft.input.actual.targets.get(where.place.repository);
  return target === undefined || target.fault !== undefined ? undefined : { ...where, target };
}

/** Says, once a place, why nothing about it can be decided. A place that nothing asks about is not mentioned. */
export function blockClosedPlace(where: Where): void {
  const { draft, artifact, place } = where;
  if (place.wants.length === 0 && place.leaves.length === 0) return;
  if (!isSupported(place.repository) || !isSupported(artifact.source)) {
    if (place.wants.length > 0) blockUnsupported(where);
    return;
  }
  const target = draft.input.actual.targets.get(place.repository);
  blockUnknownTarget(where, faultOf(target) ?? notObserved(place.repository));
}

function faultOf(target: ObservedTarget | undefined): Fault | undefined {
  return target?.fault;
}

function blockUnsupported(where: Where): void {
  const { artifact, place } = where;
  const [store] = isSupported(place.repository) ? [artifact.source] : [place.repository];
  block(where, {
    code: "store-not-supported",
    reason: `${store} is a kind of store that waybill cannot use yet`,
    hint: "use a registry or an oci-layout: store, or leave the channel off until this kind of store exists",
  });
}

function blockUnknownTarget(where: Where, fault: Fault): void {
  const { place } = where;
  const asked =
    place.wants.length > 0
      ? `what ${place.repository} holds`
      : `whether something has to be withdrawn from ${place.repository}`;
  block(where, {
    code: "target-unknown",
    reason: `${asked} is not known: ${fault.message}`,
    hint: faultHint(fault),
  });
}
