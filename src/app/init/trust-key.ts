import { createPublicKey } from "node:crypto";
import { resolve } from "node:path";
import { readInput } from "../read-input.ts";
import { RequestError } from "../request-error.ts";

const MAX_BYTES = 64 * 1024;

/** Reads `--trust-key FILE`: one public key in PEM. A private one is refused before anything is copied. */
export async function readTrustKey(
  file: string | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const asked = {
    path: resolve(folder, file),
    name: file,
    what: "a public key",
    maxBytes: MAX_BYTES,
  };
  const text = (await readInput(asked, signal)).toString("utf8");
  if (/PRIVATE KEY/.test(text))
    throw new RequestError(
      `${file} holds a private key, which belongs into no repository.`,
      "cosign public-key --key cosign.key prints the public one",
    );
  if (!/-----BEGIN PUBLIC KEY-----/.test(text) || !isPublicKey(text))
    throw new RequestError(
      `${file} holds no public key in PEM.`,
      "it begins with -----BEGIN PUBLIC KEY-----",
    );
  return text.endsWith("\n") ? text : `${text}\n`;
}

function isPublicKey(text: string): boolean {
  try {
    return createPublicKey(text).type === "public";
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
