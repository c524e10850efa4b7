import { createHash } from "node:crypto";
import { digestAlgorithm, digestHex, type Digest, type Repository } from "#model";
import { StoreError } from "./store-error.ts";

/** What a stream must turn out to be, and the store that it comes from, for the error. */
export interface ExpectedBytes {
  readonly digest: Digest;
  readonly size: number;
  readonly repository: Repository;
}

/** The digest of bytes that are all there. */
export function digestOfBytes(bytes: Uint8Array, algorithm: "sha256" | "sha512"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

/**
 * Hashes a stream as it passes and gives the last chunk out only when size and digest are what they must be, so that
 * whoever sends it on with a Content-Length cannot commit wrong bytes. Throws StoreError `digest-mismatch`, at once
 * when the stream is longer than expected.
 */
export async function* verifiedStream(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash(digestAlgorithm(expected.digest));
  let seen = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    seen += chunk.length;
    if (seen > expected.size) throw mismatch(expected, `more than ${expected.size} bytes`);
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (seen !== expected.size) throw mismatch(expected, `${seen} bytes and not ${expected.size}`);
  if (hash.digest("hex") !== digestHex(expected.digest))
    throw mismatch(expected, "bytes of another digest");
  if (held !== undefined) yield held;
}

/** The failure of bytes that are not what their digest or size says. */
export function mismatch(expected: ExpectedBytes, what: string): StoreError {
  return new StoreError({
    code: "digest-mismatch",
    message: `${expected.repository} gave ${what} for ${expected.digest}`,
    hint: "the store, or something between, is broken or lies: nothing of this was written; compare the digest at the origin",
    repository: expected.repository,
    digest: expected.digest,
    retryable: false,
  });
}
