import { open } from "node:fs/promises";

/** A file's text, or why it cannot be had: never with a word of it. */
export type SecretText = { readonly text: string } | { readonly why: string };

/** Reads a small file that holds a key or a token; of a failure the system's own code is told (`ENOENT`, `EACCES`). */
export async function readSecretFile(path: string, mostBytes: number): Promise<SecretText> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).size > mostBytes) return { why: "it is too large" };
      return { text: await file.readFile("utf8") };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const code = String(error.code);
    return { why: code === "ENOENT" ? "it is not there (ENOENT)" : `it cannot be read (${code})` };
  }
}
