import type { Manifest } from "#model";
import { parseManifest } from "./manifest.ts";

/**
 * Tells whether a manifest under an evidence tag holds all that an older one holds. cosign appends to `.sig` and `.att`:
 * only then may the older one be replaced without losing a signature.
 */
export function supersedes(newer: Manifest, older: Manifest): boolean {
  const held = new Set(parseManifest(newer).blobs.map((blob) => blob.digest));
  const { blobs, config } = parseManifest(older);
  return blobs.every((blob) => held.has(blob.digest) || blob.digest === config?.digest);
}
