import type { Channel, DesiredArtifact, DesiredState, Place, VersionLine } from "#model";
import type { TrustStep } from "./decide-steps.ts";
import { impliedChannel } from "./implied-channel.ts";

/** Which steps of a version are asked about. */
export interface StepsAsked {
  readonly desired: DesiredState;
  /** One channel, listed or not; undefined: each that the line lists. */
  readonly channel: string | undefined;
}

/** The steps of one version: each channel, once for each environment of its sites (issue 5 §3). */
export function stepsOf(
  artifact: DesiredArtifact,
  line: VersionLine,
  { desired, channel }: StepsAsked,
): readonly TrustStep[] {
  const places = artifact.places.filter(({ wants }) =>
    wants.some((want) => want.line.version === line.version),
  );
  const listed = new Set([
    ...line.channels.map((use) => use.channel),
    ...places.map((place) => place.channel),
  ]);
  const names = channel === undefined ? [...listed] : [channel];
  return names.flatMap((name) => {
    const found = channelOf(name, desired, places);
    if (found === undefined) return [];
    return environmentsOf(found, places, desired).map((environment) => ({
      artifact,
      line,
      channel: found,
      environment,
    }));
  });
}

/** A channel by its name; kpromo's implied one has no file, and asks nothing by itself. */
function channelOf(
  name: string,
  { channels }: DesiredState,
  places: readonly Place[],
): Channel | undefined {
  const own = channels.get(name);
  const first = places.find((place) => place.channel === name);
  if (own !== undefined || first === undefined) return own;
  return impliedChannel(name);
}

/** The environments of the sites where the version goes, else of all the channel's sites. */
function environmentsOf(
  { name, require, bestEffort }: Channel,
  places: readonly Place[],
  { sites }: DesiredState,
): readonly (string | undefined)[] {
  const own = places.filter((place) => place.channel === name).map(({ site }) => site);
  const asked = own.length > 0 ? own : [...require, ...bestEffort];
  const environments = new Set(asked.map((site) => sites.get(site)?.environment));
  return environments.size === 0 ? [undefined] : [...environments];
}
