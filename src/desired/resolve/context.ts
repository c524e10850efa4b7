import type { Channel, Site } from "#model";
import type { ChannelsDocument } from "../documents/channels.ts";
import type { RegistriesDocument } from "../documents/registries.ts";
import type { RevocationsDocument } from "../documents/revocations.ts";
import type { SitesDocument } from "../documents/sites.ts";
import type { TrustDocument } from "../documents/trust.ts";

/** The policy files; one may be absent (contract §2). */
export interface Policies {
  readonly sites: SitesDocument | undefined;
  readonly channels: ChannelsDocument | undefined;
  readonly registries: RegistriesDocument | undefined;
  readonly trust?: TrustDocument | undefined;
  readonly revocations?: RevocationsDocument | undefined;
}

/** What promotion files are read against. */
export interface Topology {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly sites: ReadonlyMap<string, Site>;
  /** Whether there is a channels file at all, for the hint. */
  readonly hasChannels: boolean;
}

/** The topology that the policy files describe. */
export function topologyOf({ sites, channels }: Policies): Topology {
  return {
    channels: channels?.channels ?? new Map<string, Channel>(),
    sites: sites?.sites ?? new Map<string, Site>(),
    hasChannels: channels !== undefined,
  };
}

/** All sites of a channel, required ones first. */
export function sitesOfChannel(channel: Channel): readonly string[] {
  return [...new Set([...channel.require, ...channel.bestEffort])];
}
