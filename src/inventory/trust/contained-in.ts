import type { Digest, Repository } from "#model";
import { parseManifest, type ReadStores } from "#stores";
import { attempt, type Attempt } from "../attempt.ts";
import { manifestsBelow } from "../manifests-below.ts";

/** A digest that may be an index, and a repository that may hold it. */
export interface MaybeIndex {
  readonly repository: Repository;
  readonly digest: Digest;
  /** Where it cannot be read nothing is known; elsewhere it is only asked whether it helps. */
  readonly required: boolean;
}

/** What indexes hold, each read once a run. */
export class IndexContents {
  readonly #stores: ReadStores;
  readonly #known = new Map<string, Promise<ReadonlySet<Digest>>>();

  constructor(stores: ReadStores) {
    this.#stores = stores;
  }

  /** Which of these hold a digest; what is not there holds nothing. */
  async holding(
    digest: Digest,
    candidates: readonly MaybeIndex[],
    signal: AbortSignal,
  ): Promise<Attempt<readonly Digest[]>> {
    const holders = new Set<Digest>();
    for (const candidate of candidates) {
      if (candidate.digest === digest || holders.has(candidate.digest)) continue;
      const below = await attempt(() => this.#below(candidate, signal));
      if (below.kind === "value" && below.value.has(digest)) holders.add(candidate.digest);
      if (below.kind === "fault" && candidate.required)
        return { kind: "fault", fault: below.fault };
    }
    return { kind: "value", value: [...holders] };
  }

  #below(candidate: MaybeIndex, signal: AbortSignal): Promise<ReadonlySet<Digest>> {
    const key = `${candidate.repository}@${candidate.digest}`;
    const known = this.#known.get(key) ?? readBelow(this.#stores, candidate, signal);
    this.#known.set(key, known);
    return known;
  }
}

async function readBelow(
  stores: ReadStores,
  { repository, digest }: MaybeIndex,
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const reader = stores.read(repository);
  const manifest = await reader.manifest(digest, signal);
  if (manifest === undefined || parseManifest(manifest, repository).kind !== "index")
    return new Set();
  return manifestsBelow(reader, digest, signal);
}
