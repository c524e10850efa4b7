import { registryHost, type Repository, type Unread } from "#model";
import type { ReadRepository, StoreError, Stores } from "#stores";

/** The stores of a check: what may not be contacted is not, and what could not be read for want of a right is noted. */
export interface CarefulStores extends Stores {
  /** Sorted by store. */
  unread(): readonly Unread[];
}

/** Codes of a store that answered, and gave this job nothing to read. */
const NO_RIGHTS: ReadonlySet<string> = new Set(["unauthorized", "forbidden"]);

/** Wraps a run's stores for the check of a pull request (issue 6 §1). */
export async function carefulStores(
  stores: Stores,
  newHosts: ReadonlySet<string>,
): Promise<CarefulStores> {
  const { StoreError: Refusal } = await import("#stores");
  const unread = new Map<string, Unread["why"]>();
  function refuse(repository: Repository, host: string): StoreError {
    unread.set(host, "new-host");
    return new Refusal({
      code: "forbidden",
      message: `${host} is new against the base, so that a pull request does not contact it (${repository}).`,
      hint: "merge a change that names the host in policies/registries.yaml first",
      repository,
    });
  }
  async function ask<T>(repository: Repository, question: () => Promise<T>): Promise<T> {
    const host = registryHost(repository);
    if (host !== undefined && newHosts.has(host)) throw refuse(repository, host);
    try {
      return await question();
    } catch (error) {
      if (error instanceof Refusal && NO_RIGHTS.has(error.code))
        unread.set(storeOf(repository), "no-rights");
      throw error;
    }
  }
  return {
    ...stores,
    read: (repository) => asking(stores.read(repository), ask),
    unread: () =>
      [...unread]
        .map(([store, why]) => ({ store, why }))
        .toSorted((a, b) => (a.store < b.store ? -1 : 1)),
  };
}

/** The name under which a repository's store is told: its host, or the layout itself. */
export function storeOf(repository: Repository): string {
  return registryHost(repository) ?? repository;
}

type Ask = <T>(repository: Repository, question: () => Promise<T>) => Promise<T>;

function asking(inner: ReadRepository, ask: Ask): ReadRepository {
  const { repository, scan } = inner;
  return {
    repository,
    head: (reference, signal) => ask(repository, () => inner.head(reference, signal)),
    manifest: (digest, signal) => ask(repository, () => inner.manifest(digest, signal)),
    tags: (signal) => ask(repository, () => inner.tags(signal)),
    referrers: (digest, signal, fallback) =>
      ask(repository, () => inner.referrers(digest, signal, fallback)),
    hasBlob: (blob, signal) => ask(repository, () => inner.hasBlob(blob, signal)),
    blob: (blob, signal) => ask(repository, () => inner.blob(blob, signal)),
    ...(scan && { scan: (digest, signal) => ask(repository, () => scan(digest, signal)) }),
  };
}
