import type { Repository } from "./address.ts";
import type { Position } from "./diagnostic.ts";
import type { Digest } from "./digest.ts";
import type { ApprovalRule, ChannelLimits, FreezeWindow } from "./owners.ts";
import type { AttestationPlacement, ChannelRequires } from "./requires.ts";

/** What an artifact is (contract §2). */
export const KINDS = [
  "container-image",
  "helm-chart",
  "tool-image",
  "bootc-image",
  "talos-installer",
  "vm-image",
  "iso",
  "boot-asset",
  "machine-config",
  "rootfs",
  "wim",
  "binary",
  "provider-artifact",
  "recovery-artifact",
  "file",
  "generic",
] as const;
export type Kind = (typeof KINDS)[number];

/** What a store holds: the key under a site's `stores`, and an artifact's `source.type`. */
export type SourceType = "oci" | "file" | "s3";

/** What git says should be where: the one product of the `desired` room. Artifacts are sorted by id. */
export interface DesiredState {
  readonly artifacts: readonly DesiredArtifact[];
  readonly channels: ReadonlyMap<string, Channel>;
  readonly sites: ReadonlyMap<string, Site>;
}

/** One artifact: all its lines, and every place that a channel and a site give it. */
export interface DesiredArtifact {
  /** `project/name`; for kpromo's manifests the manifest's folder + `/` + image name. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  /** What it runs under, as its file says; rules may match it (003-30). */
  readonly runtimeClass?: string | undefined;
  readonly origin: "promotion" | "kpromo";
  readonly sourceType: SourceType;
  readonly source: Repository;
  readonly lines: readonly VersionLine[];
  /** Channel → moving tag → pin. */
  readonly pins: ReadonlyMap<string, ReadonlyMap<string, Pin>>;
  /** Sorted by channel, then site. kpromo's places share their `wants` arrays, so that memory stays flat per destination. */
  readonly places: readonly Place[];
  /** Where the file begins to speak of it. */
  readonly at: Position;
}

/** One line of `versions`: one digest under a human name. */
export interface VersionLine {
  readonly version: string;
  readonly digest: Digest;
  readonly state: "deprecated" | "retired" | undefined;
  readonly reason: string | undefined;
  readonly from: string | undefined;
  readonly channels: readonly ChannelUse[];
  readonly at: Position;
}

/** One item of a line's `channels`: a channel, maybe narrowed to an environment or to some of its sites. */
export interface ChannelUse {
  readonly channel: string;
  readonly environment: string | undefined;
  readonly sites: readonly string[] | undefined;
  readonly at: Position;
}

/** A moving tag held at a version by a person (contract §2, `pins`). */
export interface Pin {
  readonly version: string;
  readonly reason: string | undefined;
  /** RFC 3339; an expired pin still pins. */
  readonly until: string | undefined;
  readonly at: Position;
}

/** One repository where a channel puts an artifact at a site, and what should be in it. */
export interface Place {
  readonly channel: string;
  readonly site: string;
  /** In the channel's `require`; else best effort. */
  readonly required: boolean;
  readonly repository: Repository;
  /** The lines that mean this place, in file order, none of them retired. */
  readonly wants: readonly Want[];
  /** The lines that do not mean it (retired, or without this channel or site): what is found of them is withdrawn. Empty for kpromo. */
  readonly leaves: readonly Want[];
}

/**
 * One line at one place, with the immutable tags it has there. A tag name may still hold `{revision}` or
 * `{shortRevision}`, which only the image itself can fill (contract §2): see `fillRevision`.
 */
export interface Want {
  readonly line: VersionLine;
  readonly tags: readonly string[];
}

/** A channel's rules, as `channels.yaml` has them. */
export interface Channel {
  readonly name: string;
  /** The path template; undefined only for kpromo's implied channel. */
  readonly to: string | undefined;
  readonly after: readonly string[];
  readonly samePullRequest: boolean;
  readonly require: readonly string[];
  readonly bestEffort: readonly string[];
  /** How many of all the channel's sites must hold an artifact before a moving tag moves; never less than the number required. */
  readonly quorum: number;
  /** Immutable tag templates; `["{version}"]` by default. */
  readonly immutable: readonly string[];
  /** Moving tag template → how it is computed. */
  readonly moving: ReadonlyMap<string, MovingRule>;
  /** What a version must have to enter; undefined: nothing beyond the trust rules that match it. */
  readonly requires?: ChannelRequires | undefined;
  /** Where our own statements about its versions go; undefined: none are written. */
  readonly attestation?: AttestationPlacement | undefined;
  /** Groups of `owners.yaml` whose members may ask for a step into it; undefined: everybody may ask. */
  readonly promoters?: readonly string[] | undefined;
  /** Undefined: `DEFAULT_APPROVALS`. */
  readonly approvals?: ApprovalRule | undefined;
  /** Groups whose approval lifts a limit, a freeze or a soak once; undefined: the admins of `owners.yaml`. */
  readonly overrides?: readonly string[] | undefined;
  readonly freeze?: readonly FreezeWindow[] | undefined;
  readonly limits?: ChannelLimits | undefined;
  readonly at: Position;
}

export type MovingRule = "newest-stable" | "newest-prerelease" | "newest-in-line";

/** A datacenter or region with its stores. */
export interface Site {
  readonly name: string;
  readonly environment: string | undefined;
  /** Source type → root address as written, canonical. */
  readonly stores: ReadonlyMap<SourceType, string>;
  readonly at: Position;
}

/** What `registries.yaml` says of one host or pattern. */
export interface RegistryHost {
  /** An exact host, or a pattern with `*`. */
  readonly match: string;
  readonly endpoint: string | undefined;
  readonly plainHttp: boolean;
  /** Relative to the promotions root. */
  readonly caFile: string | undefined;
  readonly maxConcurrency: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly product: string | undefined;
  /** In bytes; 4 MiB where not set. */
  readonly maxManifestBytes: number | undefined;
  readonly capabilities: {
    readonly delete?: "digest" | "tag" | "both" | false;
    readonly untag?: boolean;
    readonly referrers?: boolean;
  };
  /** Undefined: redirects anywhere, without credentials; given: only to these hosts. */
  readonly blobRedirectHosts: readonly string[] | undefined;
  readonly tokenHosts: readonly string[];
}

/** Fills `{revision}` and `{shortRevision}` (7 characters) of a tag name; undefined where it needs one that is not known. */
export function fillRevision(tag: string, revision: string | undefined): string | undefined {
  if (!needsRevision(tag)) return tag;
  if (revision === undefined) return undefined;
  return tag.replaceAll("{revision}", revision).replaceAll("{shortRevision}", revision.slice(0, 7));
}

/** Tells whether a tag name waits for the image's own revision. */
export function needsRevision(tag: string): boolean {
  return tag.includes("{revision}") || tag.includes("{shortRevision}");
}
