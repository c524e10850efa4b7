import {
  addressOf,
  needsRevision,
  SUPPORTED_STORES,
  type ActualState,
  type Descriptor,
  type DesiredState,
  type Digest,
  type Fault,
  type Manifest,
  type Repository,
} from "#model";
import { parseManifest, type ReadRepository, type ReadStores } from "#stores";
import { attempt } from "./attempt.ts";

const REVISION = "org.opencontainers.image.revision";
const HEX = /^[0-9a-f]{7,64}$/;
const MAX_CONFIG = 4 * 1024 * 1024;
/** Configs that are JSON with labels; Docker's own type does not say that it is one. */
const IMAGE_CONFIG = /config|^application\/vnd\.docker\.container\.image\./;

/** What was told, and who could not be asked where nobody told: unknown is not absent (promise 3). */
type RevisionsRead = Required<Pick<ActualState, "revisions" | "revisionFaults">>;

/**
 * Reads the source revision of the digests whose tags need it, from the manifest's annotations or the config's labels,
 * of an index's first child where the index has none. The source is asked first, then the places (contract §2).
 */
export async function readRevisions(
  desired: DesiredState,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<RevisionsRead> {
  const revisions = new Map<Digest, string>();
  const revisionFaults = new Map<Digest, Fault>();
  const questions = new Map<Digest, Set<Repository>>();
  for (const artifact of desired.artifacts) {
    for (const place of artifact.places) {
      for (const want of [...place.wants, ...place.leaves]) {
        if (!want.tags.some(needsRevision)) continue;
        const holders = questions.get(want.line.digest) ?? new Set();
        questions.set(want.line.digest, holders.add(artifact.source).add(place.repository));
      }
    }
  }
  await Promise.all(
    [...questions].map(async ([digest, holders]) => {
      for (const holder of [...holders].filter(isSupported)) {
        const read = await attempt(() => revisionIn(stores.read(holder), digest, signal));
        if (read.kind === "fault") {
          if (!revisionFaults.has(digest)) revisionFaults.set(digest, read.fault);
        } else if (read.value !== undefined) {
          revisions.set(digest, read.value);
          revisionFaults.delete(digest);
          return;
        }
      }
    }),
  );
  return { revisions, revisionFaults };
}

function isSupported(repository: Repository): boolean {
  return SUPPORTED_STORES.has(addressOf(repository).kind);
}

async function revisionIn(
  holder: ReadRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<string | undefined> {
  let manifest: Manifest | undefined = await holder.manifest(digest, signal);
  for (let depth = 0; manifest !== undefined && depth < 3; depth++) {
    const contents = parseManifest(manifest, holder.repository);
    const annotated = contents.annotations[REVISION];
    if (annotated !== undefined) return validRevision(annotated);
    const child = contents.manifests[0];
    if (child === undefined)
      return contents.config && (await labelIn(holder, contents.config, signal));
    manifest = await holder.manifest(child.digest, signal);
  }
  return undefined;
}

async function labelIn(
  holder: ReadRepository,
  config: Descriptor,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (config.size > MAX_CONFIG || !IMAGE_CONFIG.test(config.mediaType)) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await holder.blob(config, signal)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return validRevision(labelOf(parseJson(text)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A config that is no JSON has no labels; what else it may be is the producer's affair.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function labelOf(config: unknown): unknown {
  const inner = member(config, "config");
  return member(member(inner, "Labels"), REVISION);
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** Only a commit's hash may become part of a tag: the text comes from whoever built the image. */
function validRevision(revision: unknown): string | undefined {
  return typeof revision === "string" && HEX.test(revision) ? revision : undefined;
}
