import { gzipSync } from "node:zlib";
import {
  MEDIA,
  blob,
  descriptorOf,
  manifestBlob,
  pattern,
  type Annotations,
  type Built,
  type BuiltBlob,
  type BuiltDescriptor,
  type Common,
  type Platform,
} from "./built.ts";
import { digestOf } from "./registry/digest.ts";
import type { Repository } from "./registry/repository.ts";
import { tarOf } from "./tar.ts";

export { MEDIA, blob, pattern, type Built, type BuiltBlob, type Platform } from "./built.ts";
export { artifact, evidenceTag, sbomFor, signatureFor } from "./evidence.ts";

/** What an image is to be; two builds of the same options are the same bytes. */
export interface ImageOptions extends Common {
  /** Changes every byte that is not a shared layer's; images of different seeds differ. */
  readonly seed?: string;
  readonly layers?: number;
  /** Size of the one file in each layer, a gzipped tar. */
  readonly layerBytes?: number;
  /** Of the layers, how many depend on their position only, and are the same in every image. */
  readonly sharedLayers?: number;
  readonly labels?: Annotations;
  /** Settings of its config, such as `User`; labels and a variable of its seed are there always. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platform?: Platform;
  /** Docker schema 2 media types instead of OCI's. */
  readonly docker?: boolean;
  /** Layers with `urls` that no registry holds. */
  readonly foreignLayers?: number;
  /** Leave `mediaType` out of the manifest. */
  readonly bareMediaType?: boolean;
}

interface Layer {
  readonly blob: BuiltBlob;
  readonly diffId: string;
}

function layersOf(options: ImageOptions): Layer[] {
  const { seed = "image", layers = 1, layerBytes = 1024, sharedLayers = 0, algorithm } = options;
  return Array.from({ length: layers }, (_, at) => {
    const from = at < sharedLayers ? `shared ${at}` : `${seed} layer ${at}`;
    const tar = tarOf(`layer-${at}.bin`, pattern(from, layerBytes));
    // Level 0 stores: the bytes then do not depend on the version of zlib.
    const mediaType = options.docker === true ? MEDIA.dockerLayer : MEDIA.layer;
    const packed = gzipSync(tar, { level: 0 });
    return { blob: blob(packed, mediaType, algorithm), diffId: digestOf(tar) };
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
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = blob(
    JSON.stringify({
      ...platform,
      config: {
        ...(labels === undefined ? {} : { Labels: labels }),
        Env: [`SEED=${seed}`],
        ...options.config,
      },
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
    docker ? MEDIA.dockerConfig : MEDIA.config,
    options.algorithm,
  );
  const mediaType = docker ? MEDIA.dockerManifest : MEDIA.manifest;
  const document = {
    ...(bareMediaType ? {} : { mediaType }),
    config: descriptorOf(config),
    layers: [...layers.map((layer) => descriptorOf(layer.blob)), ...foreignOf(options)],
  };
  return {
    ...manifestBlob({ document, mediaType, common: options }),
    blobs: [config, ...layers.map((layer) => layer.blob)],
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
