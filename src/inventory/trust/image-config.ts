import type { Descriptor, Json } from "#model";
import type { ReadRepository } from "#stores";
import { readBytes } from "./read-bytes.ts";

const MAX_CONFIG = 4 * 1024 * 1024;
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

/** Tells whether a config's media type is that of an image that runs. */
export function isImageConfig(mediaType: string | undefined): boolean {
  return IMAGE_CONFIGS.has(mediaType ?? "");
}

/** An image's config (image-spec, config.md); undefined for one of another kind, too large, or no JSON: it says nothing. */
export async function readImageConfig(
  repository: ReadRepository,
  config: Descriptor | undefined,
  signal: AbortSignal,
): Promise<Json | undefined> {
  if (config === undefined || !isImageConfig(config.mediaType) || config.size > MAX_CONFIG)
    return undefined;
  return parseJson(await readBytes(repository, config, signal));
}

/** The platform that a config is for; undefined where it does not say. */
export function platformIn(document: Json | undefined): string | undefined {
  const os = member(document, "os");
  const architecture = member(document, "architecture");
  const variant = member(document, "variant");
  if (typeof os !== "string" || typeof architecture !== "string" || os === "") return undefined;
  return platformText({ os, architecture, ...(typeof variant === "string" && { variant }) });
}

/** The labels in a config. */
export function labelsIn(document: Json | undefined): Readonly<Record<string, string>> {
  const labels = member(member(document, "config"), "Labels");
  if (typeof labels !== "object" || labels === null) return {};
  const texts = Object.entries(labels).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(texts);
}

/** `os/architecture` or `os/architecture/variant`. */
export function platformText({
  os,
  architecture,
  variant,
}: NonNullable<Descriptor["platform"]>): string {
  return [os, architecture, ...(variant === undefined || variant === "" ? [] : [variant])].join(
    "/",
  );
}

function parseJson(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function member(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null || isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isArray(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
