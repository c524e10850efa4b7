import type { Digest, Repository } from "#model";
import type { SeenAt } from "#report";
import type { ReadStores } from "#stores";

/** Where a digest is looked for, and under which name. */
export interface Looked {
  readonly repository: Repository;
  readonly digest: Digest;
  /** A tag, or the digest itself. */
  readonly reference: string;
}

/** Asks one repository whether a name of it means the digest; a store that cannot be read is a fact that is not known. */
export async function seenAt(
  { repository, digest, reference }: Looked,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<Pick<SeenAt, "outcome" | "found">> {
  const { faultOf } = await import("#stores");
  const under = reference === digest ? "that digest" : `tag ${reference}`;
  try {
    const found = await stores.read(repository).head(reference, signal);
    if (found === undefined) return { outcome: "fail", found: `no ${under}` };
    return found.digest === digest
      ? { outcome: "pass", found: `it is, as ${under}` }
      : { outcome: "fail", found: `${under} names ${found.digest}` };
  } catch (error) {
    if (signal.aborted) throw error;
    return { outcome: "unknown", found: faultOf(error).message };
  }
}
