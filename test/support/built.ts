import { digestOf, type Algorithm } from "./registry/digest.ts";

/** Media types the builders use (OCI image spec; Docker distribution, schema 2). */
export const MEDIA = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  foreignLayer: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  cosignLayer: "application/vnd.dev.cosign.simplesigning.v1+json",
  spdx: "application/spdx+json",
} as const;

/** A descriptor as it stands in a manifest. */
export interface BuiltDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
}

/** A platform of an index entry. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Bytes under a digest and a media type. */
export interface BuiltBlob {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** A manifest with everything below it. */
export interface Built extends BuiltBlob {
  readonly blobs: readonly BuiltBlob[];
  readonly children: readonly Built[];
  readonly platform: Platform | undefined;
  readonly artifactType: string | undefined;
}

/** Annotations or labels. */
export type Annotations = Readonly<Record<string, string>>;

/** What every manifest may carry, and how its digest is made. */
export interface Common {
  readonly annotations?: Annotations;
  readonly subject?: BuiltBlob;
  readonly artifactType?: string;
  /** Hash algorithm of every digest made; sha256 by default. */
  readonly algorithm?: Algorithm;
}

/** Bytes that look random and are the same for the same seed and size. */
export function pattern(seed: string, size: number): Buffer {
  const block = Buffer.from(digestOf(seed, "sha512").slice("sha512:".length), "hex");
  const bytes = Buffer.alloc(size, block);
  // Every 64-byte block differs, so that a swapped or doubled chunk changes the digest.
  for (let at = 0, n = 0; at + 4 <= size; at += block.length, n += 1) {
    bytes.writeUInt32BE(n, at);
  }
  return bytes;
}

/** A blob of the given bytes. */
export function blob(
  bytes: Uint8Array | string,
  mediaType: string,
  algorithm: Algorithm = "sha256",
): BuiltBlob {
  return { digest: digestOf(bytes, algorithm), bytes: Buffer.from(bytes), mediaType };
}

/** The descriptor of something built. */
export function descriptorOf(
  built: BuiltBlob &
    Partial<Pick<Built, "artifactType" | "platform">> &
    Pick<BuiltDescriptor, "annotations">,
): BuiltDescriptor {
  const { mediaType, digest, bytes, platform, artifactType, annotations } = built;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** A manifest before it is bytes. */
export interface ManifestParts {
  readonly document: Readonly<Record<string, unknown>>;
  readonly mediaType: string;
  readonly common: Common;
}

/** The bytes of a manifest with what every manifest may carry. */
export function manifestBlob({ document, mediaType, common }: ManifestParts): BuiltBlob {
  const { annotations, subject, artifactType } = common;
  const full = {
    schemaVersion: 2,
    ...document,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject: descriptorOf(plain(subject)) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return blob(JSON.stringify(full), mediaType, common.algorithm);
}

/** A subject's descriptor carries neither platform nor artifactType. */
function plain({ digest, bytes, mediaType }: BuiltBlob): BuiltBlob {
  return { digest, bytes, mediaType };
}
