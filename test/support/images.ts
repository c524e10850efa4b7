import { digestOf, type Algorithm } from "./registry/digest.ts";
import type { Repository } from "./registry/repository.ts";

/** Media types the builders use (OCI image spec; Docker distribution, schema 2). */
export const MEDIA = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
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

type Annotations = Readonly<Record<string, string>>;

/** How the digest of what is built is made, and what it refers to. */
interface Common {
  readonly annotations?: Annotations;
  readonly subject?: BuiltBlob;
  readonly artifactType?: string;
  /** Hash algorithm of every digest made; sha256 by default. */
  readonly algorithm?: Algorithm;
}

/** What an image is to be; two builds of the same options are the same bytes. */
export interface ImageOptions extends Common {
  /** Changes every byte that is not a shared layer's; images of different seeds differ. */
  readonly seed?: string;
  readonly layers?: number;
  readonly layerBytes?: number;
  /** Of the layers, how many depend on their position only, and are the same in every image. */
  readonly sharedLayers?: number;
  readonly labels?: Annotations;
  readonly platform?: Platform;
  /** Docker schema 2 media types instead of OCI's. */
  readonly docker?: boolean;
  /** Layers with `urls` that no registry holds. */
  readonly foreignLayers?: number;
  /** Leave `mediaType` out of the manifest. */
  readonly bareMediaType?: boolean;
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
  built: BuiltBlob & Partial<Pick<Built, "artifactType" | "platform">>,
): BuiltDescriptor {
  const { mediaType, digest, bytes, platform, artifactType } = built;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

interface ManifestParts {
  readonly document: Readonly<Record<string, unknown>>;
  readonly mediaType: string;
  readonly common: Common;
}

function manifestBlob({ document, mediaType, common }: ManifestParts): BuiltBlob {
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

function layersOf(options: ImageOptions): BuiltBlob[] {
  const { seed = "image", layers = 1, layerBytes = 1024, sharedLayers = 0 } = options;
  const mediaType = options.docker === true ? MEDIA.dockerLayer : MEDIA.layer;
  return Array.from({ length: layers }, (_, at) => {
    const from = at < sharedLayers ? `shared ${at}` : `${seed} layer ${at}`;
    return blob(pattern(from, layerBytes), mediaType, options.algorithm);
  });
}

function foreignOf(options: ImageOptions): BuiltDescriptor[] {
  const { seed = "image", foreignLayers = 0 } = options;
  return Array.from({ length: foreignLayers }, (_, at) => ({
    mediaType: MEDIA.foreignLayer,
    digest: digestOf(`${seed} foreign ${at}`),
    size: 4096,
    urls: [`https://layers.invalid/${seed}/${at}`],
  }));
}

/** An image: a config and layers (OCI image spec, "Image Manifest"). */
export function image(options: ImageOptions = {}): Built {
  const { seed = "image", labels, docker = false, bareMediaType = false } = options;
  const platform = options.platform ?? { os: "linux", architecture: "amd64" };
  const layers = layersOf(options);
  const diffIds = layers.map(({ bytes }) => digestOf(bytes));
  const config = blob(
    JSON.stringify({
      ...platform,
      config: { ...(labels === undefined ? {} : { Labels: labels }), Env: [`SEED=${seed}`] },
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
    docker ? MEDIA.dockerConfig : MEDIA.config,
    options.algorithm,
  );
  const mediaType = docker ? MEDIA.dockerManifest : MEDIA.manifest;
  const document = {
    ...(bareMediaType ? {} : { mediaType }),
    config: descriptorOf(config),
    layers: [...layers.map((layer) => descriptorOf(layer)), ...foreignOf(options)],
  };
  return {
    ...manifestBlob({ document, mediaType, common: options }),
    blobs: [config, ...layers],
    children: [],
    platform: options.platform,
    artifactType: options.artifactType,
  };
}

/** An index over manifests, which may be indexes themselves. */
export function index(
  children: readonly Built[],
  options: Common & { readonly docker?: boolean } = {},
): Built {
  const mediaType = options.docker === true ? MEDIA.dockerList : MEDIA.index;
  const document = { mediaType, manifests: children.map((child) => descriptorOf(child)) };
  return {
    ...manifestBlob({ document, mediaType, common: options }),
    blobs: [],
    children,
    platform: undefined,
    artifactType: options.artifactType,
  };
}

/** A multi-platform image: one child for each architecture. */
export function multiArch(
  architectures: readonly string[] = ["amd64", "arm64"],
  options: Omit<ImageOptions, "platform" | "subject"> = {},
): Built {
  const { seed = "image" } = options;
  const children = architectures.map((architecture) =>
    image({ ...options, seed: `${seed} ${architecture}`, platform: { os: "linux", architecture } }),
  );
  return index(children, options.docker === true ? { docker: true } : {});
}

/** What an artifact is to be. */
export interface ArtifactOptions extends Common {
  /** Contents by title (`org.opencontainers.image.title`), in order; none means no files. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly fileType?: string;
}

/** An artifact manifest with an empty config (image spec, "Guidelines for Artifact Usage"). */
export function artifact(options: ArtifactOptions = {}): Built {
  const { files = {}, fileType = "application/octet-stream", algorithm } = options;
  const artifactType = options.artifactType ?? "application/vnd.example.artifact.v1";
  const config = blob("{}", MEDIA.empty, algorithm);
  const named = Object.entries(files).map(([title, bytes]) => ({
    title,
    file: blob(bytes, fileType, algorithm),
  }));
  const layers = named.map(({ title, file }) => ({
    ...descriptorOf(file),
    annotations: { "org.opencontainers.image.title": title },
  }));
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: layers.length > 0 ? layers : [descriptorOf(config)],
  };
  const common = { ...options, artifactType };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common }),
    blobs: [config, ...named.map(({ file }) => file)],
    children: [],
    platform: undefined,
    artifactType,
  };
}

/** An SPDX document about a subject, as a referrer. */
export function sbomFor(subject: BuiltBlob, name = "sbom"): Built {
  const document = JSON.stringify({ spdxVersion: "SPDX-2.3", name, about: subject.digest });
  return artifact({
    subject,
    artifactType: MEDIA.spdx,
    fileType: MEDIA.spdx,
    files: { [`${name}.spdx.json`]: document },
    annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
  });
}

/** The tag cosign's older form keeps evidence under: `sha256-<hex>.sig`, `.att` or `.sbom`. */
export function evidenceTag(digest: string, suffix: "att" | "sbom" | "sig" = "sig"): string {
  return `${digest.replace(":", "-")}.${suffix}`;
}

/** A manifest of the shape cosign 2 pushes under `evidenceTag`, with a signature nobody made. */
export function signatureFor(subject: BuiltBlob, signature = "c2lnbmF0dXJl"): Built {
  const payload = blob(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "" },
        image: { "docker-manifest-digest": subject.digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
    MEDIA.cosignLayer,
  );
  const rootfs = { type: "layers", diff_ids: [payload.digest] };
  const config = blob(
    JSON.stringify({ architecture: "", config: {}, os: "", rootfs }),
    MEDIA.config,
  );
  const annotations = { "dev.cosignproject.cosign/signature": signature };
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: [{ ...descriptorOf(payload), annotations }],
  };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common: {} }),
    blobs: [config, payload],
    children: [],
    platform: undefined,
    artifactType: undefined,
  };
}

/** The fallback index of a subject's referrers (spec, "Referrers Tag Schema"), and its tag. */
export function fallbackIndex(
  subject: BuiltBlob,
  referrers: readonly Built[],
): { readonly tag: string; readonly index: Built } {
  return { tag: subject.digest.replace(":", "-"), index: index(referrers) };
}

/** Everything below and with what was built: manifests children first, and every blob once. */
export function contentOf(built: Built): {
  readonly manifests: readonly Built[];
  readonly blobs: readonly BuiltBlob[];
} {
  const below = built.children.map((child) => contentOf(child));
  const manifests = [...below.flatMap((part) => part.manifests), built];
  const blobs = [...below.flatMap((part) => part.blobs), ...built.blobs];
  return {
    manifests: [...new Map(manifests.map((item) => [item.digest, item])).values()],
    blobs: [...new Map(blobs.map((item) => [item.digest, item])).values()],
  };
}

/** Puts what was built into a repository of the double, without requests; gives back its digest. */
export function seed(repository: Repository, built: Built, tags: readonly string[] = []): string {
  const { manifests, blobs } = contentOf(built);
  for (const item of blobs) {
    repository.putBlob(item.bytes, item.digest);
  }
  for (const item of manifests) {
    repository.putManifest(item.bytes, item.mediaType, [], item.digest);
  }
  return repository.putManifest(built.bytes, built.mediaType, tags, built.digest);
}
