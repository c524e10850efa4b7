import { createHash } from "node:crypto";
import {
  parseAddress,
  repositoryAt,
  versionTag,
  type ActualState,
  type Channel,
  type ChannelUse,
  type DesiredArtifact,
  type DesiredState,
  type Digest,
  type Fault,
  type ObservedSource,
  type ObservedTarget,
  type Pin,
  type Place,
  type Position,
  type Repository,
  type Site,
  type SourceArtifact,
  type VersionLine,
  type Want,
} from "#model";

/** Builders of desired and actual state: each fills in what a test does not care about. */

const AT: Position = { file: "promotions/payments/api.yaml", line: 1, column: 1 };
export const SOURCE: Repository = repo("registry.example.com/staging/api");

/** A digest that is the hash of a word, so that equal words are equal digests. */
export function digestOf(word: string): Digest {
  return `sha256:${createHash("sha256").update(word).digest("hex")}` as Digest;
}

export function repo(text: string): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new TypeError(address);
  return repositoryAt(address);
}

export function fault(over: Partial<Fault> = {}): Fault {
  return {
    code: "unreachable",
    message: "registry.oslo.example.com did not answer.",
    hint: undefined,
    retryable: true,
    ...over,
  };
}

/** A channel use: its name, or `name@site,site` for some of its sites. */
function useOf(text: string): ChannelUse {
  const [channel = "", sites] = text.split("@");
  return { channel, environment: undefined, sites: sites?.split(","), at: AT };
}

export interface LineOptions {
  readonly digest?: string;
  readonly in?: readonly string[];
  readonly state?: VersionLine["state"];
  readonly from?: string;
  readonly reason?: string;
}

/** One line of `versions`; its digest is the hash of the version unless another word is given. */
export function line(version: string, options: LineOptions = {}): VersionLine {
  return {
    version,
    digest: digestOf(options.digest ?? version),
    state: options.state,
    reason: options.reason,
    from: options.from,
    channels: (options.in ?? ["prod"]).map(useOf),
    at: AT,
  };
}

/** A channel at site `oslo` unless it says otherwise. */
export function channel(name: string, over: Partial<Channel> = {}): Channel {
  const require = over.require ?? ["oslo"];
  return {
    name,
    to: `${name}/{project}/{name}`,
    after: [],
    samePullRequest: false,
    require,
    bestEffort: [],
    quorum: require.length,
    immutable: ["{version}"],
    moving: new Map(),
    at: AT,
    ...over,
  };
}

export interface ArtifactOptions extends Partial<DesiredArtifact> {
  readonly lines: readonly VersionLine[];
}

/** An artifact without places; `desiredState` gives it those. */
export function desiredArtifact(id: string, over: ArtifactOptions): DesiredArtifact {
  const [project = "", ...name] = id.split("/");
  return {
    id,
    project,
    name: name.join("/"),
    kind: "container-image",
    origin: "promotion",
    sourceType: "oci",
    source: SOURCE,
    pins: new Map(),
    places: [],
    at: AT,
    ...over,
  };
}

export function pin(version: string, over: Partial<Pin> = {}): Pin {
  return { version, reason: "INC-812", until: undefined, at: AT, ...over };
}

/** Gives each artifact that has no places those that the channels and their sites give it, as `desired` does. */
export function desiredState(
  channels: readonly Channel[],
  artifacts: readonly DesiredArtifact[],
): DesiredState {
  const names = new Set(channels.flatMap(({ require, bestEffort }) => [...require, ...bestEffort]));
  return {
    channels: new Map(channels.map((item) => [item.name, item])),
    sites: new Map([...names].map((name) => [name, siteNamed(name)])),
    artifacts: artifacts.map((artifact) =>
      artifact.places.length > 0 || artifact.origin === "kpromo"
        ? artifact
        : { ...artifact, places: channels.flatMap((item) => placesOf(artifact, item)) },
    ),
  };
}

function siteNamed(name: string): Site {
  const stores = new Map([["oci", `registry.${name}.example.com`]] as const);
  return { name, environment: undefined, stores, at: AT };
}

function placesOf(artifact: DesiredArtifact, { name, to, ...rules }: Channel): readonly Place[] {
  const path = (to ?? "")
    .replaceAll("{project}", artifact.project)
    .replaceAll("{name}", artifact.name)
    .replaceAll("{channel}", name);
  return [...rules.require, ...rules.bestEffort].toSorted().map((site) => {
    function means({ state, channels }: VersionLine): boolean {
      const uses = channels.filter((use) => use.channel === name);
      return state !== "retired" && uses.some(({ sites }) => sites?.includes(site) ?? true);
    }
    return {
      channel: name,
      site,
      required: rules.require.includes(site),
      repository: repo(`registry.${site}.example.com/${path}`),
      wants: artifact.lines.filter(means).map((item) => wantOf(item, rules.immutable)),
      leaves: artifact.lines
        .filter((item) => !means(item))
        .map((item) => wantOf(item, rules.immutable)),
    };
  });
}

function wantOf(item: VersionLine, immutable: readonly string[]): Want {
  const tags = immutable.map((tag) => tag.replaceAll("{version}", versionTag(item.version)));
  return { line: item, tags };
}

/** An image of a kpromo manifest: digest word → tags, at every destination. */
export function kpromoArtifact(
  id: string,
  images: Readonly<Record<string, readonly string[]>>,
  destinations: readonly Repository[],
): DesiredArtifact {
  const wants = Object.entries(images).map(([word, tags]) => ({
    line: line(tags[0] ?? digestOf(word), { digest: word, in: ["kpromo"] }),
    tags,
  }));
  return desiredArtifact(id, {
    lines: wants.map((want) => want.line),
    origin: "kpromo",
    places: destinations.map((repository) => ({
      channel: "kpromo",
      site: repository,
      required: true,
      repository,
      wants,
      leaves: [],
    })),
  });
}

export interface TargetOptions {
  /** Tag → the word of its digest. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Words of further digests. */
  readonly digests?: readonly string[];
  readonly fault?: Fault;
  readonly faults?: Readonly<Record<string, Fault>>;
  readonly foreign?: readonly string[];
  readonly facets?: ObservedTarget["facets"];
  readonly heldBy?: Readonly<Record<string, readonly string[]>>;
}

/** What was observed in one repository. */
export function target(repository: Repository, options: TargetOptions = {}): ObservedTarget {
  const tags = new Map(
    Object.entries(options.tags ?? {}).map(([tag, word]) => [tag, digestOf(word)]),
  );
  const heldBy = Object.entries(options.heldBy ?? {}).map(
    ([child, indexes]) => [digestOf(child), indexes.map(digestOf)] as const,
  );
  return {
    repository,
    fault: options.fault,
    tags,
    digests: new Set([...tags.values(), ...(options.digests ?? []).map(digestOf)]),
    faults: new Map(Object.entries(options.faults ?? {})),
    foreignTags: options.foreign ?? [],
    evidenceTags: new Map(),
    facets: options.facets ?? new Map(),
    heldBy: new Map(heldBy),
  };
}

export function sourceArtifact(digest: Digest, over: Partial<SourceArtifact> = {}): SourceArtifact {
  return {
    digest,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    bytes: 1000,
    evidence: [],
    ...over,
  };
}

export interface SourceOptions {
  readonly has?: readonly string[];
  readonly absent?: readonly string[];
  readonly fault?: Fault;
  readonly faults?: Readonly<Record<string, Fault>>;
  readonly artifacts?: readonly SourceArtifact[];
}

/** What was observed of one source; by words, as everywhere here. */
export function source(repository: Repository, options: SourceOptions): ObservedSource {
  const known = [
    ...(options.has ?? []).map((word) => sourceArtifact(digestOf(word))),
    ...(options.artifacts ?? []),
  ];
  return {
    repository,
    fault: options.fault,
    artifacts: new Map(known.map((item) => [item.digest, item])),
    absent: new Set((options.absent ?? []).map(digestOf)),
    faults: new Map(
      Object.entries(options.faults ?? {}).map(([word, item]) => [digestOf(word), item]),
    ),
  };
}

/**
 * The actual state that an inventory of this desired state would bring home: the targets given, the other places
 * empty, and every source holding every listed digest unless it is given.
 */
export function actualState(
  desired: DesiredState,
  observed: {
    readonly targets?: readonly ObservedTarget[];
    readonly sources?: readonly ObservedSource[];
    readonly depth?: ActualState["depth"];
    readonly revisions?: Readonly<Record<string, string>>;
  } = {},
): ActualState {
  const places = desired.artifacts.flatMap((artifact) => artifact.places);
  const whole = desired.artifacts.map((artifact) => ({
    ...source(artifact.source, {
      artifacts: desired.artifacts
        .filter((other) => other.source === artifact.source)
        .flatMap(({ lines }) => lines.map(({ digest }) => sourceArtifact(digest))),
    }),
  }));
  return {
    depth: observed.depth ?? "tags",
    targets: new Map([
      ...places.map(({ repository }) => [repository, target(repository)] as const),
      ...(observed.targets ?? []).map((item) => [item.repository, item] as const),
    ]),
    sources: new Map(
      [...whole, ...(observed.sources ?? [])].map((item) => [item.repository, item]),
    ),
    revisions: new Map(
      Object.entries(observed.revisions ?? {}).map(([word, text]) => [digestOf(word), text]),
    ),
  };
}
