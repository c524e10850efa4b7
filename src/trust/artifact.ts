import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { digestAlgorithm, digestHex, type Digest } from "#model";
import { HASHES, type HashName } from "./crypto/public-key.ts";
import type { SignedData } from "./crypto/signature.ts";

/** What evidence must be about: digests of a manifest or file, and its bytes where they are few and at hand. */
export type Artifact = SignedData;

/** Larger files are never held in memory; only an Ed25519 signature over the file itself needs more than digests. */
const MAX_HELD = 16 * 1024 * 1024;

/** An artifact of which only the digest is known. */
export function artifactOfDigest(digest: Digest): Artifact {
  return { bytes: undefined, digests: new Map([[digestAlgorithm(digest), digestHex(digest)]]) };
}

/** An artifact whose bytes are at hand, such as a manifest. */
export function artifactOfBytes(bytes: Uint8Array): Artifact {
  return {
    bytes,
    digests: new Map(
      HASHES.map((hash) => [hash, createHash(hash).update(bytes).digest("hex")] as const),
    ),
  };
}

/** Reads a file once, as a stream, and takes these digests of it; what cannot be read rejects as Node says it. */
export async function hashFile(
  path: string,
  hashes: readonly HashName[],
  signal: AbortSignal,
): Promise<Artifact> {
  const running = hashes.map((hash) => [hash, createHash(hash)] as const);
  let held: Buffer[] | undefined = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, {
    highWaterMark: 1024 * 1024,
    signal,
  });
  for await (const chunk of stream) {
    for (const [, hash] of running) hash.update(chunk);
    size += chunk.length;
    if (size > MAX_HELD) held = undefined;
    held?.push(chunk);
  }
  return {
    bytes: held && Buffer.concat(held),
    digests: new Map(running.map(([name, hash]) => [name, hash.digest("hex")] as const)),
  };
}
