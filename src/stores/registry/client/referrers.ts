import { fallbackTag, isIndexType, type Descriptor, type Digest, type Manifest } from "#model";
import { parseJsonObject, readDescriptor, type JsonObject } from "../../descriptor-json.ts";
import { parseManifest } from "../../manifest.ts";
import { StoreError } from "../../store-error.ts";
import { nextPage } from "./address.ts";
import { askMetadata, type Client } from "./client.ts";
import { getManifest } from "./manifest-reads.ts";
import { readProblem } from "./problem.ts";
import { invalidAnswer } from "./refusal.ts";

/** Most referrers of one digest, and most pages that may list them. */
export const MAX_REFERRERS = 10_000;
const MAX_PAGES = 1_000;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** Codes of a 404 that is about the repository or the subject, and so says nothing of the API itself. */
const ABOUT_CONTENT: ReadonlySet<string> = new Set(["NAME_UNKNOWN", "MANIFEST_UNKNOWN"]);

/**
 * Lists what refers to a digest: the referrers API (end-12a) where the host has it, united with the fallback index, for
 * what was pushed before the host had it. Only a 404 of the API itself says that a host lacks it, and is remembered.
 */
export async function listReferrers(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
  fallback?: "not-listed",
): Promise<readonly Descriptor[]> {
  const byApi = await apiReferrers(client, digest, signal);
  const byTag = fallback === "not-listed" ? [] : await fallbackReferrers(client, digest, signal);
  const all = new Map<Digest, Descriptor>();
  for (const descriptor of [...byTag, ...byApi]) all.set(descriptor.digest, descriptor);
  // A host that turns `sha256-<hex>` into the digest, or an index that lists its subject, would make a loop.
  all.delete(digest);
  return [...all.values()];
}

/** What the API lists; empty where the host has none. */
export async function apiReferrers(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  if (client.can.referrers !== undefined) return askApi(client, digest, signal);
  const underWay = client.can.referrersProbe;
  if (underWay !== undefined) {
    await underWay;
    return askApi(client, digest, signal);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  client.can.referrersProbe = promise;
  try {
    return await askApi(client, digest, signal);
  } finally {
    resolve();
  }
}

async function askApi(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  if (client.can.referrers === false) return [];
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  let at: string | URL | undefined = `referrers/${digest}`;
  while (at !== undefined) {
    if (seen.has(String(at)) || seen.size >= MAX_PAGES) throw loops(client, digest);
    seen.add(String(at));
    const page: Page | undefined = await readPage(client, at, digest, signal);
    if (page === undefined) return found;
    found.push(...page.descriptors);
    if (found.length > MAX_REFERRERS) throw tooMany(client, digest);
    at = page.next;
  }
  return found;
}

interface Page {
  readonly descriptors: readonly Descriptor[];
  readonly next: URL | undefined;
}

async function readPage(
  client: Client,
  at: string | URL,
  digest: Digest,
  signal: AbortSignal,
): Promise<Page | undefined> {
  const headers = { accept: "application/vnd.oci.image.index.v1+json" };
  const request = { method: "GET", at, accept: [200, 404], headers, digest } as const;
  const answer = await askMetadata(client, request, signal);
  if (answer.status === 404) {
    const { codes } = await readProblem(answer);
    if (!codes.some((code) => ABOUT_CONTENT.has(code))) client.can.referrers ??= false;
    return undefined;
  }
  const next = nextPage(answer);
  const descriptors = readList(client, parseJsonObject(await answer.bytes(MAX_PAGE_BYTES)), digest);
  client.can.referrers ??= true;
  if (next === "foreign")
    throw invalidAnswer(client, `its referrers of ${digest} go on at another host`, digest);
  return { descriptors, next };
}

function readList(
  client: Client,
  json: JsonObject | undefined,
  digest: Digest,
): readonly Descriptor[] {
  const list = json?.["manifests"] ?? [];
  if (json === undefined || !Array.isArray(list) || !("manifests" in json))
    throw invalidAnswer(client, `its referrers of ${digest} are no image index`, digest);
  return list.map((item: unknown) => {
    const descriptor = readDescriptor(item);
    if (typeof descriptor === "string")
      throw invalidAnswer(client, `its referrers of ${digest}: ${descriptor}`, digest);
    return descriptor;
  });
}

async function fallbackReferrers(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const read = await getManifest(client, fallbackTag(digest), signal);
  if (read === undefined || !isFallbackIndex(read.manifest, digest)) return [];
  return fallbackEntries(read.manifest, client);
}

/** Whether what a fallback tag names is one: an index, and not the subject itself, which GitLab gives (oras-go#1396). */
export function isFallbackIndex(manifest: Manifest, subject: Digest): boolean {
  return isIndexType(manifest.mediaType) && manifest.digest !== subject;
}

/** What a fallback index lists. */
export function fallbackEntries(index: Manifest, client: Client): readonly Descriptor[] {
  const { manifests, blobs } = parseManifest(index, client.repository);
  return [...manifests, ...blobs];
}

function loops(client: Client, digest: Digest): StoreError {
  return invalidAnswer(client, `its referrers of ${digest} never end`, digest);
}

function tooMany(client: Client, digest: Digest): StoreError {
  return new StoreError({
    code: "too-large",
    message: `${client.repository} lists more than ${MAX_REFERRERS} referrers of ${digest}`,
    repository: client.repository,
    digest,
    retryable: false,
  });
}
