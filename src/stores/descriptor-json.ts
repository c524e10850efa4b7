import { isDigest, type Descriptor, type Platform } from "#model";

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells whether a JSON value is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses bytes as a JSON object; undefined where they are none. Bytes that are no UTF-8 are none either. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    // A SyntaxError is no JSON; a TypeError is no UTF-8.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Reads a descriptor (image-spec descriptor.md); a string tells what is wrong with it. Unknown fields are left out. */
export function readDescriptor(value: unknown): Descriptor | string {
  if (!isJsonObject(value)) return "a descriptor is not an object";
  const { mediaType, digest, size } = value;
  if (typeof digest !== "string" || !isDigest(digest)) return "a descriptor has no valid digest";
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    return `the size of ${digest} is not a non-negative integer`;
  if (typeof mediaType !== "string" || mediaType === "" || mediaType.length > 255)
    return `${digest} has no media type`;
  return { mediaType, digest, size, ...optionalParts(value) };
}

function optionalParts(
  value: JsonObject,
): Pick<Descriptor, "artifactType" | "annotations" | "platform" | "urls"> {
  const annotations = readAnnotations(value["annotations"]);
  const platform = readPlatform(value["platform"]);
  const urls = readStrings(value["urls"]);
  const artifactType = value["artifactType"];
  return {
    ...(typeof artifactType === "string" && artifactType !== "" ? { artifactType } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(platform === undefined ? {} : { platform }),
    ...(urls.length > 0 ? { urls } : {}),
  };
}

/** Reads annotations; what is no string is left out, as nothing of ours reads it. */
export function readAnnotations(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  const pairs = Object.entries(value).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(pairs);
}

function readStrings(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === "string")
    : [];
}

function readPlatform(value: unknown): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== "string" || typeof architecture !== "string") return undefined;
  return { os, architecture, ...(typeof variant === "string" && variant ? { variant } : {}) };
}
