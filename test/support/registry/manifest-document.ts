import type { DescriptorPart, StoredManifest } from "./repository.ts";

/** A manifest's JSON, read only as far as a registry looks. */
export interface ManifestDocument {
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  readonly config: DescriptorPart | undefined;
  readonly layers: readonly DescriptorPart[];
  readonly children: readonly DescriptorPart[];
  readonly subject: DescriptorPart | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isStrings(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}

function descriptor(value: unknown): DescriptorPart | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const digest = text(value["digest"]);
  const mediaType = text(value["mediaType"]);
  const size = value["size"];
  if (digest === undefined || mediaType === undefined || typeof size !== "number") {
    return undefined;
  }
  const urls = value["urls"];
  return { digest, mediaType, size, ...(Array.isArray(urls) ? { urls: urls.map(String) } : {}) };
}

function descriptors(value: unknown): readonly DescriptorPart[] | undefined {
  if (value === undefined || value === null) {
    return [];
  }
  if (!Array.isArray(value)) {
    return undefined;
  }
  const read = value.map(descriptor).filter((item) => item !== undefined);
  return read.length === value.length ? read : undefined;
}

function parseObject(bytes: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Reads a manifest, or undefined where a registry would say MANIFEST_INVALID. */
export function readManifest(bytes: Buffer): ManifestDocument | undefined {
  const json = parseObject(bytes);
  const layers = descriptors(json?.["layers"]);
  const blobs = descriptors(json?.["blobs"]);
  const children = descriptors(json?.["manifests"]);
  if (json === undefined || layers === undefined || blobs === undefined) {
    return undefined;
  }
  const config = json["config"] === undefined ? undefined : descriptor(json["config"]);
  const subject = json["subject"] === undefined ? undefined : descriptor(json["subject"]);
  const broken =
    children === undefined ||
    (json["config"] !== undefined && config === undefined) ||
    (json["subject"] !== undefined && subject === undefined);
  if (broken) {
    return undefined;
  }
  const annotations = json["annotations"];
  return {
    mediaType: text(json["mediaType"]),
    artifactType: text(json["artifactType"]),
    config,
    layers: [...layers, ...blobs],
    children,
    subject,
    annotations: isStrings(annotations) ? annotations : undefined,
  };
}

/** The descriptor a referrers answer gives for a stored manifest (spec, "Listing Referrers"). */
export function referrerDescriptor(stored: StoredManifest): DescriptorPart {
  const document = readManifest(stored.bytes);
  const artifactType = document?.artifactType ?? document?.config?.mediaType;
  const annotations = document?.annotations;
  return {
    mediaType: stored.mediaType,
    digest: stored.digest,
    size: stored.bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Layers a registry does not hold: foreign, non-distributable, or with URLs of their own. */
export function isForeign(layer: DescriptorPart): boolean {
  return (layer.urls?.length ?? 0) > 0 || /foreign|nondistributable/u.test(layer.mediaType);
}
