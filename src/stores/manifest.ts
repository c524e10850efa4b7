import {
  isIndexType,
  MEDIA_TYPES,
  type Descriptor,
  type Digest,
  type Manifest,
  type ManifestContents,
  type Repository,
} from "#model";
import {
  parseJsonObject,
  readAnnotations,
  readDescriptor,
  type JsonObject,
} from "./descriptor-json.ts";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

/** Most entries (children, config and layers together) that a manifest may have. */
const MAX_ENTRIES = 10_000;

const SCHEMA_1: ReadonlySet<string> = new Set([
  MEDIA_TYPES.dockerSchema1,
  MEDIA_TYPES.dockerSchema1Signed,
]);

const IMAGE_TYPES: ReadonlySet<string> = new Set([
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.ociArtifact,
]);

/** What an index may list that is no manifest: layers, configs and build caches (BuildKit's `cache` indexes). */
const BLOB_TYPES =
  /^application\/(?:vnd\.oci\.image\.(?:layer|config)\.|vnd\.oci\.empty\.|vnd\.docker\.(?:image\.rootfs\.|container\.image\.)|vnd\.buildkit\.cacheconfig\.|octet-stream$)/;

const FOREIGN_TYPES = /foreign|nondistributable/;

/** Tells whether a media type is Docker's schema 1, which is refused with its reason. */
export function isSchema1(mediaType: string): boolean {
  return SCHEMA_1.has(mediaType);
}

/** Why schema 1 cannot travel: its digest is not of the bytes that are served. */
export function schema1Error(digest: Digest | undefined, repository?: Repository): StoreError {
  const at = repository === undefined ? "" : ` in ${repository}`;
  return new StoreError({
    code: "unsupported",
    message: `${digest ?? "the manifest"}${at} is a Docker schema 1 manifest, whose digest does not cover the bytes that are served`,
    hint: "push the image again with a current tool, which makes an OCI or Docker schema 2 manifest, and promote that digest",
    repository,
    digest,
    retryable: false,
  });
}

/**
 * Reads what a manifest points at: OCI image manifests and indexes, Docker schema 2 and manifest lists, artifact
 * manifests, and any other media type by its shape. Every descriptor is checked. Throws a StoreError:
 * `unsupported` (schema 1), `too-large` (over 10,000 entries) or `invalid-answer`.
 */
export function parseManifest(manifest: Manifest, repository?: Repository): ManifestContents {
  const reader: Reader = { manifest, repository };
  if (isSchema1(manifest.mediaType)) throw schema1Error(manifest.digest, repository);
  const json = parseJsonObject(manifest.bytes);
  if (json === undefined) throw broken(reader, "it is not a JSON object");
  if (json["schemaVersion"] === 1) throw schema1Error(manifest.digest, repository);
  checkMediaType(reader, json["mediaType"]);
  const kind = kindOf(reader, json);
  const children = kind === "index" ? readAll(reader, json["manifests"]) : [];
  const config = kind === "image" ? readOne(reader, json["config"]) : undefined;
  const layers = kind === "image" ? readLayers(reader, json) : [];
  if (children.length + layers.length > MAX_ENTRIES) throw tooMany(reader);
  return {
    kind,
    manifests: once(
      reader,
      children.filter((child) => !BLOB_TYPES.test(child.mediaType)),
    ),
    blobs: once(reader, [
      ...children.filter((child) => BLOB_TYPES.test(child.mediaType)),
      ...(config === undefined ? [] : [config]),
      ...layers.filter((layer) => !isForeign(layer)),
    ]),
    subject: readOne(reader, json["subject"]),
    artifactType: textOf(json["artifactType"]),
    config,
    annotations: readAnnotations(json["annotations"]),
  };
}

/**
 * The layers of a manifest as they stand there: cosign lists one payload once for each signature over it, and only the
 * annotations differ. Throws as `parseManifest` does.
 */
export function parseLayers(manifest: Manifest, repository?: Repository): readonly Descriptor[] {
  const { kind } = parseManifest(manifest, repository);
  const json = parseJsonObject(manifest.bytes);
  return kind === "image" && json !== undefined ? readLayers({ manifest, repository }, json) : [];
}

/** The descriptor of a manifest as a referrers list has it (distribution-spec, "Listing Referrers"). */
export function referrerDescriptor(manifest: Manifest, contents: ManifestContents): Descriptor {
  const artifactType = contents.artifactType ?? contents.config?.mediaType;
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(contents.annotations).length > 0 ? { annotations: contents.annotations } : {}),
  };
}

/**
 * The media type of a manifest's bytes. A store may serve them under a type that says nothing
 * (`application/json`, none): then the body's own `mediaType` counts, else its shape.
 */
export function manifestMediaType(contentType: string | undefined, bytes: Uint8Array): string {
  const told = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (told !== "" && !SAYS_NOTHING.has(told)) return told;
  const json = parseJsonObject(bytes);
  const own = textOf(json?.["mediaType"]);
  if (own !== undefined) return own;
  if (json?.["schemaVersion"] === 1) return MEDIA_TYPES.dockerSchema1;
  return Array.isArray(json?.["manifests"]) ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
}

const SAYS_NOTHING: ReadonlySet<string> = new Set([
  "application/json",
  "application/octet-stream",
  "text/plain",
]);

interface Reader {
  readonly manifest: Manifest;
  readonly repository: Repository | undefined;
}

/** The type in the body must be the type that it was served under, or two readers could see two things (image-spec). */
function checkMediaType(reader: Reader, own: unknown): void {
  if (own === undefined || own === "" || own === reader.manifest.mediaType) return;
  throw broken(
    reader,
    `it was served as ${reader.manifest.mediaType} and says of itself another media type`,
  );
}

function kindOf(reader: Reader, json: JsonObject): ManifestContents["kind"] {
  const { mediaType } = reader.manifest;
  const hasChildren = isList(json["manifests"]);
  const hasBlobs = isList(json["layers"]) || isList(json["blobs"]) || isSet(json["config"]);
  // A document that reads as both is how one digest is made to mean two things (CVE-2021-41190).
  if (hasChildren && hasBlobs) throw broken(reader, "it is an index and an image at once");
  if (isIndexType(mediaType)) {
    if (hasBlobs) throw broken(reader, "it is served as an index and is an image");
    return "index";
  }
  if (IMAGE_TYPES.has(mediaType)) {
    if (hasChildren) throw broken(reader, "it is served as an image and is an index");
    return "image";
  }
  if (hasChildren) return "index";
  if (hasBlobs) return "image";
  throw broken(
    reader,
    `its media type ${mediaType} is not known and it has neither manifests nor layers`,
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** Layers of an image, blobs of an artifact manifest. */
function readLayers(reader: Reader, json: JsonObject): readonly Descriptor[] {
  return [...readAll(reader, json["layers"]), ...readAll(reader, json["blobs"])];
}

/** A list of descriptors; Go writes an empty one as null. */
function readAll(reader: Reader, value: unknown): readonly Descriptor[] {
  if (!isSet(value)) return [];
  if (!Array.isArray(value)) throw broken(reader, "a list of descriptors is not a list");
  if (value.length > MAX_ENTRIES) throw tooMany(reader);
  return value.map((item: unknown) => checked(reader, readDescriptor(item)));
}

function readOne(reader: Reader, value: unknown): Descriptor | undefined {
  return isSet(value) ? checked(reader, readDescriptor(value)) : undefined;
}

function checked(reader: Reader, descriptor: Descriptor | string): Descriptor {
  if (typeof descriptor === "string") throw broken(reader, descriptor);
  return descriptor;
}

/** Each digest once, in order; two sizes for one digest cannot both be true. */
function once(reader: Reader, descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const seen = new Map<Digest, Descriptor>();
  for (const descriptor of descriptors) {
    const first = seen.get(descriptor.digest);
    if (first === undefined) seen.set(descriptor.digest, descriptor);
    else if (first.size !== descriptor.size)
      throw broken(reader, `it gives two sizes for ${descriptor.digest}`);
  }
  return [...seen.values()];
}

/** Layers that no registry has to hold: they stay where their URLs say. */
function isForeign(layer: Descriptor): boolean {
  return layer.urls !== undefined || FOREIGN_TYPES.test(layer.mediaType);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function broken(reader: Reader, what: string): StoreError {
  return manifestError(reader, "invalid-answer", `cannot be read: ${what}`);
}

function tooMany(reader: Reader): StoreError {
  return manifestError(reader, "too-large", `has more than ${MAX_ENTRIES} entries`);
}

function manifestError(reader: Reader, code: StoreErrorCode, what: string): StoreError {
  const { manifest, repository } = reader;
  const at = repository === undefined ? "" : ` in ${repository}`;
  return new StoreError({
    code,
    message: `the manifest ${manifest.digest}${at} ${what}`,
    repository,
    digest: manifest.digest,
    retryable: false,
  });
}
