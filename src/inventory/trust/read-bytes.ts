import type { Descriptor, Digest, Repository } from "#model";
import { StoreError, type ReadRepository } from "#stores";

/** Reads a whole blob; its size was looked at before, and the stream fails where it has another (design §8). */
export async function readBytes(
  repository: ReadRepository,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await repository.blob(blob, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A store that lists a manifest and does not hold it hides something, or lost it: nothing is known of it (promise 3). */
export function listedAndGone(repository: Repository, digest: Digest): StoreError {
  return new StoreError({
    code: "not-found",
    message: `${repository} lists ${digest}, and does not hold it.`,
    hint: "push it again, or remove what lists it",
    repository,
    digest,
  });
}
