import type { DesiredArtifact, Digest, Gate, Place } from "#model";
import { plannedAt, type Spot } from "./draft.ts";
import { isWhole } from "./plan-copy.ts";
import { later } from "./trust.ts";

/** Whether a moving tag may move: at once or after some actions of this plan, or not while these sites lack the artifact. */
export type GateAnswer =
  | {
      readonly kind: "open";
      readonly gate: Gate | undefined;
      /** RFC 3339: enough of what it waits for is not done before. */
      readonly notBefore: string | undefined;
    }
  | {
      readonly kind: "waits";
      readonly sites: readonly string[];
      /** How many more sites the quorum needs; 0 where a required site is what is missing. */
      readonly short: number;
    };

/** What one site of the channel will hold: the digest already, by an action of this plan, or not. */
type Holding =
  | { readonly kind: "held" }
  | {
      readonly kind: "planned";
      readonly id: string;
      readonly notBefore: string | undefined;
    }
  | { readonly kind: "lacking" };

const HELD: Holding = { kind: "held" };
const LACKING: Holding = { kind: "lacking" };

/**
 * Asks whether every site that the channel requires, and its quorum of all its sites, hold a digest with all that
 * belongs to it, or will before the tag is written (contract §2). The tag's own site always must.
 */
export function askGate(spot: Spot, digest: Digest): GateAnswer {
  const { draft, artifact, place } = spot;
  const channel = draft.input.desired.channels.get(place.channel);
  const required = new Set([...(channel?.require ?? []), place.site]);
  const sites = new Set([...required, ...(channel?.bestEffort ?? [])]);
  const tally: Tally = { held: 0, require: [], anyOf: [], lacking: [], missed: [], times: [] };
  for (const site of sites) {
    const holding = holdingAt(spot, siteOf(artifact, place, site), digest);
    count(tally, { site, holding, isRequired: required.has(site) });
  }
  if (tally.missed.length > 0) return { kind: "waits", sites: tally.missed, short: 0 };
  const atLeast = Math.max(0, (channel?.quorum ?? 0) - tally.held - tally.require.length);
  const short = atLeast - tally.anyOf.length;
  if (short > 0) return { kind: "waits", sites: tally.lacking, short };
  return { kind: "open", gate: gateOf(tally, atLeast), notBefore: timeOf(tally, atLeast) };
}

interface Tally {
  held: number;
  /** When what is planned may be done, of those that wait for a time. */
  readonly times: { readonly at: string | undefined; readonly isRequired: boolean }[];
  readonly require: string[];
  readonly anyOf: string[];
  /** Best-effort sites without it, and required ones. */
  readonly lacking: string[];
  readonly missed: string[];
}

interface Counted {
  readonly site: string;
  readonly holding: Holding;
  readonly isRequired: boolean;
}

function count(tally: Tally, { site, holding, isRequired }: Counted): void {
  switch (holding.kind) {
    case "held":
      tally.held += 1;
      return;
    case "planned":
      (isRequired ? tally.require : tally.anyOf).push(holding.id);
      tally.times.push({ at: holding.notBefore, isRequired });
      return;
    case "lacking":
      (isRequired ? tally.missed : tally.lacking).push(site);
      return;
  }
}

function gateOf({ require, anyOf }: Tally, atLeast: number): Gate | undefined {
  if (require.length === 0 && atLeast === 0) return undefined;
  return {
    require: [...new Set(require)].toSorted(),
    atLeast,
    anyOf: atLeast === 0 ? [] : anyOf.toSorted(),
  };
}

/** When all that is required, and as many of the others as are needed, may be done. */
function timeOf({ times }: Tally, atLeast: number): string | undefined {
  const required = times.filter(({ isRequired }) => isRequired);
  const others = times.filter(({ isRequired }) => !isRequired);
  const soonest = others.toSorted((a, b) => timeValue(a) - timeValue(b)).slice(0, atLeast);
  return [...required, ...soonest].map(({ at }) => at).reduce(later, undefined);
}

function timeValue({ at }: Tally["times"][number]): number {
  return at === undefined ? 0 : Date.parse(at);
}

/** The place of the same channel at another site. */
export function siteOf(artifact: DesiredArtifact, own: Place, site: string): Place | undefined {
  return artifact.places.find((place) => place.channel === own.channel && place.site === site);
}

function holdingAt(spot: Spot, place: Place | undefined, digest: Digest): Holding {
  if (place === undefined || !place.wants.some(({ line }) => line.digest === digest))
    return LACKING;
  const target = spot.draft.input.actual.targets.get(place.repository);
  if (target === undefined || target.fault !== undefined) return LACKING;
  const copy = plannedAt(spot.draft, place.repository, "copy", digest);
  if (copy !== undefined) {
    // The tag's own copy is written with it, or before it, in any case.
    return place.repository === spot.place.repository
      ? HELD
      : { kind: "planned", id: copy.id, notBefore: copy.notBefore };
  }
  if (!target.digests.has(digest)) return LACKING;
  const facets = target.facets.get(digest);
  return facets === undefined || (isWhole(facets) && facets.fault === undefined) ? HELD : LACKING;
}
