import { isEvidenceTag, type Repository } from "#model";
import type { ReadStores } from "#stores";
import { attempt, type Attempt } from "../attempt.ts";

/** The evidence tags of repositories, each listed once a run; only those are kept, because repositories have many tags. */
export class EvidenceTags {
  readonly #stores: ReadStores;
  readonly #known = new Map<Repository, Promise<Attempt<ReadonlySet<string>>>>();

  constructor(stores: ReadStores) {
    this.#stores = stores;
  }

  /** The evidence tags of a repository, or why they are not known. */
  of(repository: Repository, signal: AbortSignal): Promise<Attempt<ReadonlySet<string>>> {
    const known = this.#known.get(repository);
    if (known !== undefined) return known;
    const listed = attempt(async () => {
      const { tags } = await this.#stores.read(repository).tags(signal);
      return new Set(tags.filter(isEvidenceTag));
    });
    this.#known.set(repository, listed);
    return listed;
  }
}
