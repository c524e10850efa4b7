import { isIndexType, type Descriptor, type Digest, type Manifest } from "#model";
import { faultOf, parseLayers, parseManifest, type ReadRepository } from "#stores";
import type { FoundManifest } from "./find-evidence.ts";
import { listedAndGone } from "./read-bytes.ts";

/** One layer that may be evidence, with what its manifest says of it. */
export interface EvidencePiece {
  /** As an evidence fact names it. */
  readonly digest: Digest;
  readonly layer: Descriptor;
  /** The layer's media type, or its manifest's artifact type where the layer's says nothing. */
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest, taken apart; `why` tells why nothing of it can count. */
export type Pieces =
  | { readonly kind: "pieces"; readonly pieces: readonly EvidencePiece[] }
  | { readonly kind: "nothing"; readonly artifactType: string; readonly why: string };

/** cosign may put an index of several manifests under a tag; no index of evidence is larger. */
const MAX_CHILDREN = 64;
const MAX_LAYERS = 200;

/**
 * Takes a manifest of evidence apart. A referrer must say itself what it is about: a listing can say anything. Throws a
 * StoreError where it cannot be read.
 */
export async function piecesOf(
  repository: ReadRepository,
  found: FoundManifest,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly Pieces[]> {
  const manifest = await read(repository, found.digest, signal);
  const contents = parsed(manifest, repository);
  if (typeof contents === "string") return [{ kind: "nothing", artifactType: "", why: contents }];
  const artifactType = contents.artifactType ?? contents.config?.mediaType ?? "";
  if (found.by === "referrer" && contents.subject?.digest !== subject) {
    const about = contents.subject?.digest ?? "nothing";
    const why = `it is listed as a referrer of this digest, and says that it is about ${about}`;
    return [{ kind: "nothing", artifactType, why }];
  }
  if (!isIndexType(manifest.mediaType)) return [layersOf(repository, manifest, found)];
  const pieces = await childPieces(repository, contents.manifests, found, signal);
  if (contents.manifests.length <= MAX_CHILDREN) return pieces;
  const why = `it lists more than ${MAX_CHILDREN} manifests`;
  return [...pieces, { kind: "nothing", artifactType, why }];
}

async function childPieces(
  repository: ReadRepository,
  children: readonly Descriptor[],
  found: FoundManifest,
  signal: AbortSignal,
): Promise<readonly Pieces[]> {
  const pieces: Pieces[] = [];
  for (const { digest } of children.slice(0, MAX_CHILDREN)) {
    const inner = await read(repository, digest, signal);
    if (!isIndexType(inner.mediaType))
      pieces.push(layersOf(repository, inner, { ...found, digest }));
  }
  return pieces;
}

async function read(
  repository: ReadRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const manifest = await repository.manifest(digest, signal);
  if (manifest === undefined) throw listedAndGone(repository.repository, digest);
  return manifest;
}

/** Bytes that are those of their digest and no manifest are a fact about them, and no fault of the store's. */
function parsed(
  manifest: Manifest,
  { repository }: ReadRepository,
): ReturnType<typeof parseManifest> | string {
  try {
    return parseManifest(manifest, repository);
  } catch (error) {
    return faultOf(error).message;
  }
}

function layersOf(repository: ReadRepository, manifest: Manifest, found: FoundManifest): Pieces {
  const contents = parsed(manifest, repository);
  if (typeof contents === "string") return { kind: "nothing", artifactType: "", why: contents };
  const { artifactType = "", config } = contents;
  const kind = artifactType === "" ? (config?.mediaType ?? "") : artifactType;
  const layers = parseLayers(manifest, repository.repository);
  if (layers.length === 0)
    return { kind: "nothing", artifactType: kind, why: "its manifest holds nothing" };
  if (layers.length > MAX_LAYERS)
    return {
      kind: "nothing",
      artifactType: kind,
      why: `its manifest has more than ${MAX_LAYERS} layers`,
    };
  const isOne = found.by === "referrer" && layers.length === 1;
  return {
    kind: "pieces",
    pieces: layers.map((layer) => ({
      digest: isOne ? manifest.digest : layer.digest,
      layer,
      mediaType: typeOf(layer, artifactType),
      annotations: layer.annotations ?? {},
    })),
  };
}

/** Types that `oras` and others give any file: what the manifest is says more. */
const SAYS_NOTHING =
  /^(?:application\/(?:json|octet-stream|vnd\.oci\.image\.layer\.v1\.tar(?:\+gzip)?)|text\/plain)$/;

function typeOf({ mediaType }: Descriptor, artifactType: string): string {
  return SAYS_NOTHING.test(mediaType) && artifactType !== "" ? artifactType : mediaType;
}
