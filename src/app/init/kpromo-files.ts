import { resolve } from "node:path";
import { hasErrors } from "#model";
import { readFiles } from "../read-files.ts";
import { RequestError } from "../request-error.ts";
import type { InitRequest } from "./init.ts";

/**
 * kpromo's manifests of `--from kpromo DIR`, by the paths that they keep: they are read as they stand, so nothing in them
 * is changed (contract §2).
 */
export async function kpromoFiles(
  { from, folder }: InitRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (from === undefined) return new Map();
  const found = await readFiles(resolve(folder, from), signal);
  const files = found.filter(({ path }) => /^(?:manifests|images)\//.test(path));
  const link = files.find(({ symlink }) => symlink !== undefined);
  if (link !== undefined)
    throw new RequestError(`${link.path} is a symbolic link, and is not followed.`);
  const { readKpromo } = await import("#desired");
  const { artifacts, diagnostics } = readKpromo(files);
  if (artifacts.length === 0)
    throw new RequestError(
      `${from} holds no manifests of kpromo.`,
      "its folders are manifests/<name>/promoter-manifest.yaml and images/<name>/images.yaml",
    );
  const [first] = hasErrors(diagnostics) ? diagnostics : [];
  if (first !== undefined)
    throw new RequestError(
      `${first.file}:${first.line}: ${first.message}`,
      `waybill validate -C ${from} lists all there is`,
    );
  return new Map(files.map(({ path, text }) => [path, text]));
}
