import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Proof } from "../facts.ts";
import { MAX_PROOFS, parseProofs, proofsText } from "./proof-text.ts";

/** Proofs of earlier runs, by their keys. */
export interface ProofFolder {
  read(key: string): Promise<readonly Proof[] | undefined>;
  /** Keeps proofs, if they can be kept. */
  write(key: string, proofs: readonly Proof[]): Promise<void>;
}

/** A folder that has more is emptied: 50,000 proofs take some 100 MB. */
const MAX_KEPT = 50_000;
const PRIVATE = 0o700;
const OTHERS = 0o077;

/**
 * Opens a folder of proofs that nobody else can read or write: whoever could put a file there could make anything verify.
 * Undefined where there is no such folder and none can be made; then nothing is kept.
 */
export async function openProofFolder(folder: string): Promise<ProofFolder | undefined> {
  const names = await unlessRefused(async () => {
    await mkdir(folder, { recursive: true, mode: PRIVATE });
    return (await isPrivate(folder)) ? readdir(folder) : undefined;
  });
  if (names === undefined) return undefined;
  if (names.length > MAX_KEPT)
    await unlessRefused(() => Promise.all(names.map((name) => rm(join(folder, name)))));
  return proofFolder(folder);
}

async function isPrivate(folder: string): Promise<boolean> {
  // A link could lead to a folder of somebody else's.
  const { uid, mode, isDirectory } = await statOf(folder);
  const isOurs = process.getuid === undefined || uid === process.getuid();
  return isDirectory && isOurs && (process.getuid === undefined || (mode & OTHERS) === 0);
}

async function statOf(path: string): Promise<{ uid: number; mode: number; isDirectory: boolean }> {
  const stat = await lstat(path);
  return { uid: stat.uid, mode: stat.mode, isDirectory: stat.isDirectory() };
}

function proofFolder(folder: string): ProofFolder {
  let written = 0;
  return {
    async read(key) {
      const bytes = await unlessRefused(() => readFile(join(folder, key)));
      return bytes === undefined ? undefined : parseProofs(bytes, key);
    },
    async write(key, proofs) {
      const text = proofsText(key, proofs);
      const isKnown = proofs.every(({ checks }) =>
        checks.every((fact) => fact.outcome !== "unknown"),
      );
      if (!isKnown || text.length > MAX_PROOFS) return;
      written += 1;
      const draft = join(folder, `${key}.${process.pid}.${written}`);
      // Renamed when it is whole, so that a run beside this one reads all of it or nothing.
      await unlessRefused(async () => {
        await writeFile(draft, text, { flag: "wx", mode: 0o600 });
        await rename(draft, join(folder, key));
      });
    },
  };
}

/** What the file system refuses is not kept; that is no fault of what is verified. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
