import type { Repository } from "#model";
import type { ReadRepository, ReadStores } from "#stores";

/** What may be asked of all stores together. */
export interface ReadingBudget {
  readonly questions: number;
  readonly bytes: number;
}

/**
 * Stores that answer so many questions and no more: what a page tells beyond the plan is best effort, and an image with
 * thousands of referrers must not make a check slow (design §8). Beyond it every question fails as `too-large`.
 */
export async function boundedStores(
  stores: ReadStores,
  { questions, bytes }: ReadingBudget,
): Promise<ReadStores> {
  const { StoreError } = await import("#stores");
  const left = { questions, bytes };
  function spend(repository: Repository, size: number): void {
    left.questions -= 1;
    left.bytes -= size;
    if (left.questions >= 0 && left.bytes >= 0) return;
    throw new StoreError({
      code: "too-large",
      message: `More than ${questions} answers or ${bytes} bytes would be read to tell what is in these versions; the rest, in ${repository}, was not read.`,
      repository,
    });
  }
  return { read: (repository) => bounded(stores.read(repository), spend) };
}

function bounded(
  inner: ReadRepository,
  spend: (repository: Repository, size: number) => void,
): ReadRepository {
  const { repository } = inner;
  async function ask<T>(question: () => Promise<T>, size = 0): Promise<T> {
    spend(repository, size);
    return question();
  }
  const { scan } = inner;
  return {
    repository,
    head: (reference, signal) => ask(() => inner.head(reference, signal)),
    manifest: (digest, signal) => ask(() => inner.manifest(digest, signal)),
    tags: (signal) => ask(() => inner.tags(signal)),
    referrers: (digest, signal, fallback) => ask(() => inner.referrers(digest, signal, fallback)),
    hasBlob: (blob, signal) => ask(() => inner.hasBlob(blob, signal)),
    blob: (blob, signal) => ask(() => inner.blob(blob, signal), blob.size),
    ...(scan && { scan: (digest, signal) => ask(() => scan(digest, signal)) }),
  };
}
