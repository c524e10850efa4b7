import type { BaseState } from "./base-state.ts";
import type { Loaded } from "./load.ts";
import {
  placeKey,
  registryEntryOf,
  registryHost,
  type Decisions,
  type DesiredArtifact,
  type DesiredState,
  type MovingTarget,
  type RegistryHost,
} from "#model";

/** One state of the repository, as far as a scope asks. */
interface Snapshot {
  readonly desired: DesiredState;
  readonly decisions: Decisions;
  readonly registries: readonly RegistryHost[];
}

/**
 * The artifacts for which anything that counts differs between two states: their parsed files, or a policy that affects
 * them (contract §4). A file that differs only in comments or order is no difference.
 */
export function affectedSince(
  before: BaseState,
  decide: (desired: DesiredState) => Decisions,
  loaded: Pick<Loaded, "desired" | "ownRegistries">,
): ReadonlySet<string> {
  const then: Snapshot = { ...before, decisions: decide(before.desired) };
  const { desired, ownRegistries } = loaded;
  const now: Snapshot = { desired, registries: ownRegistries, decisions: decide(desired) };
  const was = new Map(before.desired.artifacts.map((artifact) => [artifact.id, artifact]));
  const affected = new Set<string>();
  for (const artifact of desired.artifacts) {
    if (before.promotions && !before.promotions.has(artifact.at.file)) continue;
    const old = was.get(artifact.id);
    if (old === undefined || fingerprint(old, then) !== fingerprint(artifact, now))
      affected.add(artifact.id);
  }
  return affected;
}

/** Everything about an artifact that can change a plan, as text: positions and reasons are left out. */
function fingerprint(artifact: DesiredArtifact, snapshot: Snapshot): string {
  // A place that no version means holds nothing that a policy could affect; what left it differs in its lines.
  const places = artifact.places.filter((place) => place.wants.length > 0);
  const channels = new Set(places.map((place) => place.channel));
  const hosts = new Set(
    [artifact.source, ...places.map((place) => place.repository)].map(registryHost),
  );
  return JSON.stringify([
    artifact.kind,
    artifact.source,
    artifact.lines.map(({ version, digest, state, from }) => [version, digest, state, from]),
    places.map((place) => [
      place.channel,
      place.site,
      place.required,
      place.repository,
      place.wants.map((want) => [want.line.version, want.tags]),
      place.leaves.map((want) => [want.line.version, want.tags]),
      movingAt(artifact, place, snapshot.decisions),
    ]),
    [...channels].map((name) => snapshot.desired.channels.get(name)?.quorum),
    [...hosts].map((host) =>
      host === undefined ? undefined : registryEntryOf(host, snapshot.registries),
    ),
  ]);
}

function movingAt(
  artifact: DesiredArtifact,
  { channel, site }: { readonly channel: string; readonly site: string },
  decisions: Decisions,
): readonly (readonly [string, string])[] {
  const moving =
    decisions.moving.get(placeKey(artifact.id, channel, site)) ?? new Map<string, MovingTarget>();
  return [...moving].map(([tag, target]) => [tag, target.line.digest]);
}
