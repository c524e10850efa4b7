import { createCipheriv, createHash } from "node:crypto";
import { createReadStream, createWriteStream, openAsBlob } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import type { Content, Image } from "./push.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Bytes of the layers of ordinary images: small, so that what is measured is the work a blob costs. */
const LAYER_BYTES = 16 * 1024;

interface Described extends Content {
  readonly size: number;
}

/** 200 images of three layers: one that all share and two of their own. */
export function layeredImages(count: number): readonly Image[] {
  const shared = blobOf(layerBytes("shared"));
  return Array.from({ length: count }, (_, at) => {
    const own = [0, 1].map((layer) => blobOf(layerBytes(`image ${at} layer ${layer}`)));
    return imageOf(at, configOf(at), [shared, ...own]);
  });
}

/** Many images that differ only in a line of their manifests: for looking, not for copying. */
export function thinImages(count: number): readonly Image[] {
  const config = configOf(0);
  const layer = blobOf(layerBytes("thin"));
  return Array.from({ length: count }, (_, at) => imageOf(at, config, [layer]));
}

/** One image with one layer of this size, which lies in a file. */
export async function bulkyImage(
  { folder, bytes }: { readonly folder: string; readonly bytes: number },
  signal: AbortSignal,
): Promise<Image> {
  const file = join(folder, "layer");
  // Stored, not compressed, but with gzip's head: copiers that look would otherwise compress it.
  const gzip = createGzip({ level: 0, chunkSize: 1024 * 1024 });
  await pipeline(noiseChunks("bulky", bytes), gzip, createWriteStream(file), { signal });
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
      }
    },
  );
  const layer = { digest: `sha256:${hash.digest("hex")}`, size, body: await openAsBlob(file) };
  return imageOf(0, configOf(0), [layer]);
}

function imageOf(at: number, config: Described, layers: readonly Described[]): Image {
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(config, CONFIG),
    layers: layers.map((layer) => descriptorOf(layer, LAYER)),
    annotations: { "org.opencontainers.image.version": tagOf(at) },
  };
  const { digest, body } = blobOf(Buffer.from(JSON.stringify(document)));
  return { tag: tagOf(at), digest, mediaType: MANIFEST, bytes: body, blobs: [config, ...layers] };
}

function tagOf(at: number): string {
  return `v1.${Math.floor(at / 100)}.${at % 100}`;
}

function descriptorOf({ digest, size }: Described, mediaType: string): object {
  return { mediaType, digest, size };
}

function configOf(at: number): Described {
  const config = { architecture: "amd64", os: "linux", config: { Env: [`IMAGE=${at}`] } };
  const rootfs = { type: "layers", diff_ids: [] };
  return blobOf(Buffer.from(JSON.stringify({ ...config, rootfs })));
}

function layerBytes(seed: string): Buffer {
  return gzipSync(Buffer.concat([...noiseChunks(seed, LAYER_BYTES)]), { level: 0 });
}

function blobOf(bytes: Buffer): Described & { readonly body: Uint8Array<ArrayBuffer> } {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { digest, size: bytes.length, body: new Uint8Array(bytes) };
}

/** Bytes that nothing compresses, the same for the same seed: a key stream of AES. */
function* noiseChunks(seed: string, bytes: number): Generator<Buffer> {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const chunk = Buffer.alloc(Math.min(bytes, 1024 * 1024));
  for (let left = bytes; left > 0; left -= chunk.length) {
    yield cipher.update(left < chunk.length ? chunk.subarray(0, left) : chunk);
  }
}
