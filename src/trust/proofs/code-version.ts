import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The version of what proves: proofs of another one are not believed. A released version is its number; in a checkout,
 * where the code may change under one number, it is the code itself and the versions of what it stands on.
 */
export async function codeVersion(toolVersion: string): Promise<string> {
  const version = `${toolVersion} ${process.version}`;
  if (!import.meta.url.endsWith(".ts")) return version;
  const room = fileURLToPath(new URL("..", import.meta.url));
  const names = (await readdir(room, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const files = [
    fileURLToPath(new URL("../../../package-lock.json", import.meta.url)),
    ...names.toSorted().map((name) => join(room, name)),
  ];
  const hash = createHash("sha256");
  for (const bytes of await Promise.all(files.map(async (file) => readFile(file))))
    hash.update(bytes);
  return `${version} ${hash.digest("hex")}`;
}
