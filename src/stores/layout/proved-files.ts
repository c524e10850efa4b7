import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { digestAlgorithm, digestHex, type Digest } from "#model";
import { readChunks } from "./file.ts";

/** Files whose bytes were hashed in this run, so that one blob linked to ten places is read once. */
export interface ProvedFiles {
  add(stats: BigIntStats): void;
  /** Hashes an open file unless it is known; false: its bytes are not what the digest says. */
  prove(
    file: { readonly handle: FileHandle; readonly stats: BigIntStats },
    digest: Digest,
  ): Promise<boolean>;
}

const MOST_KEPT = 100_000;

/** Opens the memory of one run. A file is known by inode, size and time of its last change, not by its name. */
export function provedFiles(): ProvedFiles {
  const known = new Set<string>();
  function add(stats: BigIntStats): void {
    if (known.size >= MOST_KEPT) known.clear();
    known.add(signOf(stats));
  }
  return {
    add,
    async prove({ handle, stats }, digest) {
      if (known.has(signOf(stats))) return true;
      const hash = createHash(digestAlgorithm(digest));
      for await (const chunk of readChunks(handle, Number(stats.size))) hash.update(chunk);
      const sound = hash.digest("hex") === digestHex(digest);
      if (sound) add(stats);
      return sound;
    },
  };
}

function signOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}
