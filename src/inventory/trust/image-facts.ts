import {
  isIndexType,
  type Descriptor,
  type Digest,
  type ImageFacts,
  type Manifest,
  type ManifestContents,
  type PlatformFacts,
} from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { tooManyManifests } from "../caps.ts";
import { manifestsBelow } from "../manifests-below.ts";
import { labelsIn, platformIn, platformText, readImageConfig } from "./image-config.ts";
import { listedAndGone } from "./read-bytes.ts";

/** A manifest with what it and its configs say of themselves. */
export interface ReadImage {
  readonly manifest: Manifest;
  readonly facts: ImageFacts;
}

/** What of configs is asked for: nothing, which platforms they are for, or the labels of each too. */
export type ImageDetails = "none" | "platforms" | "labels";

/** Children of an index whose own annotations and labels are read; more platforms no image has. */
const MAX_CHILDREN = 64;

/**
 * Reads what a manifest says of itself; undefined where it is not there. Configs are fetched only for the details that are
 * asked for. Throws a StoreError where something cannot be read.
 */
export async function readImage(
  repository: ReadRepository,
  digest: Digest,
  details: ImageDetails,
  signal: AbortSignal,
): Promise<ReadImage | undefined> {
  const manifest = await repository.manifest(digest, signal);
  if (manifest === undefined) return undefined;
  const contents = parseManifest(manifest, repository.repository);
  const { artifactType, annotations, config } = contents;
  const shared = {
    mediaType: manifest.mediaType,
    artifactType,
    configMediaType: config?.mediaType,
    annotations,
    containedIn: [],
  };
  if (contents.kind === "index") {
    const descendants = [...(await manifestsBelow(repository, digest, signal))];
    const index = { digest, manifests: contents.manifests, details };
    const platforms = await platformsOf(repository, index, signal);
    return { manifest, facts: { ...shared, labels: {}, platforms, descendants } };
  }
  const said = details === "none" ? NOTHING : await readConfig(repository, config, signal);
  const platforms = said.platform === undefined ? [] : [ownPlatform(digest, contents, said)];
  return { manifest, facts: { ...shared, labels: said.labels, platforms, descendants: [] } };
}

function ownPlatform(
  digest: Digest,
  { annotations }: ManifestContents,
  { platform = "", labels }: ConfigFacts,
): PlatformFacts {
  return { digest, platform, annotations, labels };
}

interface AskedIndex {
  readonly digest: Digest;
  readonly manifests: readonly Descriptor[];
  readonly details: ImageDetails;
}

/** The children of an index that run somewhere: not attestations, which BuildKit lists as of an unknown platform. */
async function platformsOf(
  repository: ReadRepository,
  { digest, manifests, details }: AskedIndex,
  signal: AbortSignal,
): Promise<readonly PlatformFacts[]> {
  const running = manifests.filter(({ mediaType, platform }) => {
    return !isIndexType(mediaType) && textOf(platform) !== "unknown/unknown";
  });
  const asked = running.filter(({ platform }) => details === "labels" || platform === undefined);
  if (asked.length > MAX_CHILDREN) throw tooManyManifests(repository.repository, digest);
  const platforms: PlatformFacts[] = [];
  for (const child of running) {
    const said = asked.includes(child) ? await readChild(repository, child, signal) : undefined;
    const platform = textOf(child.platform) ?? said?.platform;
    if (platform === undefined) continue;
    const { annotations, labels } = said ?? { annotations: {}, labels: {} };
    platforms.push({ digest: child.digest, platform, annotations, labels });
  }
  return platforms;
}

function textOf(platform: Descriptor["platform"]): string | undefined {
  return platform && platformText(platform);
}

async function readChild(
  repository: ReadRepository,
  child: Descriptor,
  signal: AbortSignal,
): Promise<ConfigFacts & Pick<PlatformFacts, "annotations">> {
  const manifest = await repository.manifest(child.digest, signal);
  if (manifest === undefined) throw listedAndGone(repository.repository, child.digest);
  const { annotations, config } = parseManifest(manifest, repository.repository);
  return { ...(await readConfig(repository, config, signal)), annotations };
}

interface ConfigFacts {
  readonly platform: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

const NOTHING: ConfigFacts = { platform: undefined, labels: {} };

async function readConfig(
  repository: ReadRepository,
  config: Descriptor | undefined,
  signal: AbortSignal,
): Promise<ConfigFacts> {
  const document = await readImageConfig(repository, config, signal);
  return { platform: platformIn(document), labels: labelsIn(document) };
}
