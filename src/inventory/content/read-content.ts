import { isIndexType, type Descriptor, type Digest, type Json, type Manifest } from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { labelsIn, platformIn, platformText, readImageConfig } from "../trust/image-config.ts";
import { listedAndGone } from "../trust/read-bytes.ts";

/** What a version is made of, as far as a reviewer compares it with another (issue 6 §2). */
export interface VersionContent {
  readonly digest: Digest;
  /** Of the manifest, and where it says nothing, of its platforms in their order: the version's own, foreign words. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Sorted as the index lists them; an artifact that runs nowhere has none. */
  readonly platforms: readonly PlatformContent[];
  /** Platforms beyond those that are read: their configs and sizes are not known. */
  readonly unread: number;
  /** Every blob of the platforms that were read, with its size. */
  readonly blobs: ReadonlyMap<Digest, number>;
}

/** One platform, with its config where it is an image's. */
export interface PlatformContent {
  readonly digest: Digest;
  readonly platform: string;
  readonly config: Json | undefined;
  /** The manifest of statements about it that the index itself lists, as BuildKit makes it. */
  readonly attestation: Digest | undefined;
}

/** More platforms than images have; each costs two requests. */
const MOST_PLATFORMS = 8;

/**
 * Reads what is in a version: its manifest, and manifest and config of each of its first eight platforms. Undefined where
 * the repository does not hold it; throws a StoreError where something cannot be read.
 */
export async function readContent(
  repository: ReadRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<VersionContent | undefined> {
  const manifest = await repository.manifest(digest, signal);
  if (manifest === undefined) return undefined;
  const contents = parseManifest(manifest, repository.repository);
  if (contents.kind !== "index") {
    const own = await readPlatform(repository, { manifest, listed: undefined }, signal);
    return together(digest, [], { platforms: [own], unread: 0, attestations: new Map() });
  }
  const running = contents.manifests.filter(isPlatform);
  const platforms: ReadPlatform[] = [];
  for (const child of running.slice(0, MOST_PLATFORMS)) {
    const found = await repository.manifest(child.digest, signal);
    if (found === undefined) throw listedAndGone(repository.repository, child.digest);
    platforms.push(await readPlatform(repository, { manifest: found, listed: child }, signal));
  }
  const unread = running.length - platforms.length;
  const parts = { platforms, unread, attestations: attestationsIn(contents.manifests) };
  return together(digest, [contents.annotations], parts);
}

/** Not an attestation, which BuildKit lists as of an unknown platform. */
function isPlatform({ mediaType, platform }: Descriptor): boolean {
  return (
    !isIndexType(mediaType) &&
    (platform === undefined || platformText(platform) !== "unknown/unknown")
  );
}

/** Platform → the manifest about it that BuildKit lists beside it (its attestation storage). */
function attestationsIn(manifests: readonly Descriptor[]): ReadonlyMap<string, Digest> {
  return new Map(
    manifests.flatMap(({ digest, annotations = {} }) => {
      const about = annotations["vnd.docker.reference.digest"];
      const isOne = annotations["vnd.docker.reference.type"] === "attestation-manifest";
      return isOne && about !== undefined ? [[about, digest] as const] : [];
    }),
  );
}

type Words = Readonly<Record<string, string>>;

interface ReadPlatform {
  readonly digest: Digest;
  readonly platform: string | undefined;
  readonly config: Json | undefined;
  readonly annotations: Words;
  readonly labels: Words;
  readonly blobs: readonly Descriptor[];
}

interface AskedPlatform {
  readonly manifest: Manifest;
  /** As the index has it. */
  readonly listed: Descriptor | undefined;
}

async function readPlatform(
  repository: ReadRepository,
  { manifest, listed }: AskedPlatform,
  signal: AbortSignal,
): Promise<ReadPlatform> {
  const { annotations, config, blobs } = parseManifest(manifest, repository.repository);
  const document = await readImageConfig(repository, config, signal);
  return {
    digest: manifest.digest,
    platform: listed?.platform ? platformText(listed.platform) : platformIn(document),
    config: document,
    annotations,
    labels: labelsIn(document),
    blobs,
  };
}

interface Parts {
  readonly platforms: readonly ReadPlatform[];
  readonly unread: number;
  readonly attestations: ReadonlyMap<string, Digest>;
}

function together(
  digest: Digest,
  own: readonly Words[],
  { platforms, unread, attestations }: Parts,
): VersionContent {
  const said = [...own, ...platforms.flatMap(({ annotations, labels }) => [annotations, labels])];
  const blobs = platforms.flatMap((each) => each.blobs);
  return {
    digest,
    // The first that says something is meant.
    annotations: new Map(said.toReversed().flatMap((words) => Object.entries(words))),
    platforms: platforms.flatMap(({ digest: each, platform, config }) =>
      platform === undefined
        ? []
        : [{ digest: each, platform, config, attestation: attestations.get(each) }],
    ),
    unread,
    blobs: new Map(blobs.map((blob) => [blob.digest, blob.size])),
  };
}
