import { digestAlgorithm, type Descriptor, type Digest, type Manifest } from "#model";
import { manifestMediaType } from "../manifest.ts";
import type { StoreError } from "../store-error.ts";
import { digestOfBytes, mismatch } from "../verified-stream.ts";
import { algorithmFolder, ensureAlgorithmFolder } from "./folder.ts";
import { invalidLayout } from "./failure.ts";
import { readSmallFile, statFile, type ReadLimit } from "./file.ts";
import { blobPath, type Place } from "./place.ts";
import { replaceFile } from "./temporary.ts";

/** Reads the manifests of one layout. */
export interface ManifestFiles {
  /**
   * Whether the file of a manifest holds it, as far as its size tells. A file of another size that does not have the
   * digest either (a write that never ended) is as good as none, and is written anew by the next copy.
   */
  readonly holds: (manifest: Descriptor) => Promise<boolean>;
  /** Undefined where `holds` is false; throws `digest-mismatch` where the file has the right size and other bytes. */
  read(manifest: Descriptor): Promise<Manifest | undefined>;
  /** The same for whoever copies it: a file that is there and is not the manifest is a lie, and no absence. */
  readSource(manifest: Descriptor): Promise<Manifest | undefined>;
  /** Writes a manifest that was proved to have its digest; a file with the same bytes stays as it is. */
  write(manifest: Manifest): Promise<void>;
}

/** Opens the manifests of a layout; `maxBytes` is the most that one may have. */
export function manifestFiles(place: Place, maxBytes: number): ManifestFiles {
  async function bytesOf(manifest: Descriptor): Promise<Buffer | undefined> {
    if ((await algorithmFolder(place, manifest.digest)) === undefined) return undefined;
    const limit: ReadLimit = { bytes: maxBytes, name: `the manifest ${manifest.digest}` };
    return (await readSmallFile(place, blobPath(place, manifest.digest), limit))?.bytes;
  }
  async function holds(manifest: Descriptor): Promise<boolean> {
    if ((await algorithmFolder(place, manifest.digest)) === undefined) return false;
    const stats = await statFile(place, blobPath(place, manifest.digest));
    if (stats === undefined) return false;
    if (stats.size === BigInt(manifest.size)) return true;
    const bytes = await bytesOf(manifest);
    if (bytes === undefined || !hasDigest(bytes, manifest.digest)) return false;
    throw invalidLayout(
      place.repository,
      `index.json lies about the size of ${manifest.digest}`,
      manifest.digest,
    );
  }
  async function read(manifest: Descriptor): Promise<Manifest | undefined> {
    if (!(await holds(manifest))) return undefined;
    const bytes = await bytesOf(manifest);
    if (bytes === undefined) return undefined;
    if (bytes.length !== manifest.size || !hasDigest(bytes, manifest.digest))
      throw otherBytes(place, manifest);
    const mediaType = manifestMediaType(manifest.mediaType, bytes);
    return { digest: manifest.digest, mediaType, bytes };
  }
  return {
    holds,
    read,
    async readSource(manifest) {
      const found = await read(manifest);
      if (found !== undefined || (await bytesOf(manifest)) === undefined) return found;
      throw otherBytes(place, manifest);
    },
    async write({ digest, bytes }) {
      await ensureAlgorithmFolder(place, digest);
      const path = blobPath(place, digest);
      const limit: ReadLimit = { bytes: bytes.length, name: "a manifest" };
      const size = (await statFile(place, path))?.size;
      const same = size === BigInt(bytes.length) && (await readSmallFile(place, path, limit));
      if (!same || !same.bytes.equals(bytes)) await replaceFile(place, { path, bytes });
    },
  };
}

function otherBytes({ repository }: Place, { digest, size }: Descriptor): StoreError {
  return mismatch({ digest, size, repository }, "bytes of another digest");
}

function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  return digestOfBytes(bytes, digestAlgorithm(digest)) === digest;
}
