import type { Descriptor, Digest, Repository } from "#model";
import type { ReadRepository, Stores, TagListing } from "#stores";

/** Blobs that are kept: configs, signatures, most reports. */
const MOST_KEPT_OF_ONE = 8 * 1024 * 1024;
const MOST_KEPT = 64 * 1024 * 1024;

/**
 * A check's stores, which are asked for everything once: it reads evidence to decide, to tell what an edited policy
 * would turn, and to tell what is in a version. Only answers are kept; what failed is asked again.
 */
export function rememberingStores<S extends Pick<Stores, "read">>(stores: S): S {
  const known = new Map<Repository, Answers>();
  const blobs = { kept: 0 };
  return {
    ...stores,
    read(repository: Repository): ReadRepository {
      const answers = known.get(repository) ?? noAnswers();
      known.set(repository, answers);
      return remembering(stores.read(repository), answers, blobs);
    },
  };
}

interface Answers {
  readonly heads: Map<string, Descriptor | undefined>;
  readonly referrers: Map<Digest, readonly Descriptor[]>;
  readonly blobs: Map<Digest, Uint8Array>;
  readonly listings: TagListing[];
}

function noAnswers(): Answers {
  return { heads: new Map(), referrers: new Map(), blobs: new Map(), listings: [] };
}

function remembering(
  inner: ReadRepository,
  answers: Answers,
  blobs: { kept: number },
): ReadRepository {
  return {
    ...inner,
    repository: inner.repository,
    manifest: (digest, signal) => inner.manifest(digest, signal),
    hasBlob: (blob, signal) => inner.hasBlob(blob, signal),
    async head(reference, signal) {
      if (!answers.heads.has(reference))
        answers.heads.set(reference, await inner.head(reference, signal));
      return answers.heads.get(reference);
    },
    async tags(signal) {
      const listing = answers.listings[0] ?? (await inner.tags(signal));
      answers.listings[0] = listing;
      return listing;
    },
    async referrers(digest, signal, fallback) {
      const found =
        answers.referrers.get(digest) ?? (await inner.referrers(digest, signal, fallback));
      answers.referrers.set(digest, found);
      return found;
    },
    async blob(blob, signal) {
      const held = answers.blobs.get(blob.digest);
      if (held !== undefined) return once(held);
      const stream = await inner.blob(blob, signal);
      if (blob.size > MOST_KEPT_OF_ONE || blobs.kept + blob.size > MOST_KEPT) return stream;
      return keeping(stream, (bytes) => {
        blobs.kept += bytes.length;
        answers.blobs.set(blob.digest, bytes);
      });
    },
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Keeps what was read to its end, where its size and hash are proved. */
async function* keeping(
  stream: AsyncIterable<Uint8Array>,
  keep: (bytes: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    yield chunk;
  }
  keep(Buffer.concat(chunks));
}
