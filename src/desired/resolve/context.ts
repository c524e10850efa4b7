import { compareText, type Channel, type Site } from "#model";
import type { ChannelsDocument } from "../documents/channels.ts";
import type { OwnersDocument } from "../documents/owners.ts";
import type { RegistriesDocument } from "../documents/registries.ts";
import type { RevocationsDocument } from "../documents/revocations.ts";
import { canBePlace, tagPattern, type TagPattern } from "../documents/template.ts";
import type { SitesDocument } from "../documents/sites.ts";
import type { TrustDocument } from "../documents/trust.ts";

/** The policy files; one may be absent (contract §2). */
export interface Policies {
  readonly sites: SitesDocument | undefined;
  readonly channels: ChannelsDocument | undefined;
  readonly registries: RegistriesDocument | undefined;
  readonly trust?: TrustDocument | undefined;
  readonly revocations?: RevocationsDocument | undefined;
  readonly owners?: OwnersDocument | undefined;
}

/** A channel with what is worked out once and asked for every line of every file. */
export interface Lane {
  readonly channel: Channel;
  /** All its sites, required ones first. */
  readonly sites: readonly string[];
  readonly sortedSites: readonly string[];
  /** `to`, where it can give a repository path. */
  readonly to: string | undefined;
  readonly moving: readonly TagPattern[];
}

/** What promotion files are read against. */
export interface Topology {
  readonly channels: ReadonlyMap<string, Channel>;
  /** Sorted by the channel's name. */
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly sites: ReadonlyMap<string, Site>;
  /** Whether there is a channels file at all, for the hint. */
  readonly hasChannels: boolean;
}

/** The topology that the policy files describe. */
export function topologyOf(policies: Policies): Topology {
  const channels = policies.channels?.channels ?? new Map<string, Channel>();
  const names = [...channels.keys()].toSorted(compareText);
  return {
    channels,
    lanes: new Map(names.flatMap((name) => laneOf(channels.get(name)))),
    sites: policies.sites?.sites ?? new Map<string, Site>(),
    hasChannels: policies.channels !== undefined,
  };
}

function laneOf(channel: Channel | undefined): readonly (readonly [string, Lane])[] {
  if (channel === undefined) return [];
  const sites = [...new Set([...channel.require, ...channel.bestEffort])];
  const lane: Lane = {
    channel,
    sites,
    sortedSites: sites.toSorted(compareText),
    to: channel.to !== undefined && canBePlace(channel.to) ? channel.to : undefined,
    moving: [...channel.moving.keys()].map(tagPattern),
  };
  return [[channel.name, lane]];
}
