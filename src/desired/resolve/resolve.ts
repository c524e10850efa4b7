import {
  compareText,
  type DesiredArtifact,
  type DesiredState,
  type Diagnostic,
  type Place,
  type Position,
} from "#model";
import { errorAt, lineOf, withoutEchoes } from "../diagnostics.ts";
import type { PromotionDocument } from "../documents/promotion.ts";
import { checkClaims } from "../kpromo/check-claims.ts";
import { checkChannelSiteNames } from "../rules/channels.ts";
import { checkRights } from "../rules/owners.ts";
import { positionOf } from "../yaml/tree.ts";
import { topologyOf, type Policies, type Topology } from "./context.ts";
import { checkPinKeys } from "./pin-rules.ts";
import { checkPlaceSources } from "./place-sources.ts";
import { placesOf } from "./places.ts";
import { keepShared } from "./shared-places.ts";
import { checkTagClashes } from "./tag-clashes.ts";
import { checkUses } from "./uses.ts";
import { checkVersionRules } from "./version-rules.ts";

/** What git says as a whole. */
export interface ResolveInput {
  readonly promotions: readonly PromotionDocument[];
  readonly policies: Policies;
  /** The artifacts of kpromo's manifests, with their places. */
  readonly kpromo?: readonly DesiredArtifact[];
}

/** The desired state, whole only where no diagnostic of any step is an error. */
export interface Resolution {
  readonly desired: DesiredState;
  readonly diagnostics: readonly Diagnostic[];
}

/** Brings promotion files and policies together (contract §2): every place, every claim, and all that does not fit. */
export function resolve({ promotions, policies, kpromo = [] }: ResolveInput): Resolution {
  const topology = topologyOf(policies);
  const read = promotions.map((document) => readDocument(document, topology));
  const own = read.flatMap(({ artifact }) => artifact ?? []);
  const artifacts = [...own, ...kpromo].toSorted((a, b) => compareText(a.id, b.id));
  const { sites, channels } = policies;
  return {
    desired: {
      artifacts: keepShared(artifacts),
      channels: topology.channels,
      sites: topology.sites,
    },
    diagnostics: [
      ...(channels === undefined ? [] : checkChannelSiteNames(channels, sites)),
      ...checkRights(policies),
      ...read.flatMap(({ diagnostics }) => diagnostics),
      ...checkIds(artifacts),
      ...checkTagClashes(artifacts, topology.channels),
      ...checkPlaceSources(artifacts, sourcePositions(read)),
      ...checkClaims(kpromo),
    ],
  };
}

interface Read {
  readonly document: PromotionDocument;
  /** Undefined where the file does not say what the artifact is. */
  readonly artifact: DesiredArtifact | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

function readDocument(document: PromotionDocument, topology: Topology): Read {
  const { places, diagnostics } = placesOf(document, topology);
  return {
    document,
    artifact: artifactOf(document, places),
    diagnostics: withoutEchoes(document.flaws, [
      ...checkUses(document, topology),
      ...checkVersionRules(document, topology),
      ...checkPinKeys(document, topology),
      ...diagnostics,
    ]),
  };
}

function artifactOf(
  document: PromotionDocument,
  places: readonly Place[],
): DesiredArtifact | undefined {
  const { kind, sourceType, source, runtimeClass } = document.artifact;
  if (kind === undefined || sourceType === undefined || source === undefined) return undefined;
  const { id, project, name, lines, pins, at } = document;
  return {
    id,
    project,
    name,
    kind,
    ...(runtimeClass === undefined ? {} : { runtimeClass }),
    origin: "promotion",
    sourceType,
    source,
    lines,
    pins,
    places,
    at,
  };
}

function sourcePositions(read: readonly Read[]): ReadonlyMap<DesiredArtifact, Position> {
  const path = ["artifact", "source", "repository"];
  return new Map(
    read.flatMap(({ document, artifact }) =>
      artifact === undefined ? [] : [[artifact, positionOf(document.tree, path)] as const],
    ),
  );
}

/** A promotion file and a kpromo manifest may not speak of one artifact. */
function checkIds(artifacts: readonly DesiredArtifact[]): readonly Diagnostic[] {
  const first = new Map<string, DesiredArtifact>();
  return artifacts.flatMap((artifact) => {
    const before = first.get(artifact.id);
    if (before === undefined) first.set(artifact.id, artifact);
    if (before === undefined || before.origin === artifact.origin) return [];
    return [
      errorAt(artifact.at, "duplicate-artifact", {
        message: `${artifact.id} is described here and in ${lineOf(before.at)}.`,
        expected: "each artifact in one file",
        hint: "rename one of them, or keep only one description",
      }),
    ];
  });
}
