import { isDigest, isTag, type Digest } from "#model";
import { isJsonObject, parseJsonObject, type JsonObject } from "../../descriptor-json.ts";
import type { TagListing } from "../../port.ts";
import { StoreError } from "../../store-error.ts";
import type { RegistryAnswer } from "../call.ts";
import { nextPage } from "./address.ts";
import { askMetadata, type Client } from "./client.ts";
import { invalidAnswer, readAbsence, refusal } from "./refusal.ts";

/** Tags a page: what Google's registries take, and what every other takes (ECR refuses more). */
const GOOGLE_PAGE = 10_000;
const PAGE = 1_000;
/** Most tags of one repository, most pages, and the most bytes of one page. */
const MAX_TAGS = 1_000_000;
const MAX_PAGES = 10_000;
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** A listing as it grows page by page. */
interface Growing {
  readonly tags: string[];
  readonly digests: Map<string, Digest>;
  readonly manifests: Map<Digest, string>;
  /** Every page so far had Google's manifest map. */
  proved: boolean;
}

/**
 * Lists the tags of a repository (end-8), page by page as `Link` says. Where the host speaks Google's extension, the
 * listing proves digests too. A 404 is a repository that is not there, unless it says that the right is lacking.
 */
export async function listTags(client: Client, signal: AbortSignal): Promise<TagListing> {
  const growing: Growing = { tags: [], digests: new Map(), manifests: new Map(), proved: true };
  const seen = new Set<string>();
  let at: string | URL | undefined = firstPage(client);
  while (at !== undefined) {
    if (seen.has(String(at)) || seen.size >= MAX_PAGES)
      throw invalidAnswer(client, "its tags never end");
    seen.add(String(at));
    const answer: RegistryAnswer | undefined = await askPage(client, at, signal);
    if (answer === undefined) break;
    const next = nextPage(answer);
    grow(client, growing, parseJsonObject(await answer.bytes(MAX_PAGE_BYTES)));
    if (next === "foreign") throw invalidAnswer(client, "its tags go on at another host");
    at = next;
  }
  return finished(growing);
}

function firstPage(client: Client): string {
  if (!client.can.pageSize) return "tags/list";
  return `tags/list?n=${client.can.google ? GOOGLE_PAGE : PAGE}`;
}

/** One page; undefined: no such repository. A host that refuses our page size is asked without one. */
async function askPage(
  client: Client,
  at: string | URL,
  signal: AbortSignal,
): Promise<RegistryAnswer | undefined> {
  const sized = typeof at === "string" && at.includes("?n=");
  const accept = sized ? [200, 400, 404] : [200, 404];
  const answer = await askMetadata(client, { method: "GET", at, accept }, signal);
  if (answer.status === 200) return answer;
  if (answer.status === 404) return readAbsence(client, answer, "list its tags");
  const error = await refusal(client, answer, "list its tags");
  const plain = { method: "GET", at: "tags/list", accept: [200, 400, 404] } as const;
  const again = await askMetadata(client, plain, signal);
  if (again.status === 400) await again.discard();
  if (again.status === 400) throw error;
  client.can.pageSize = false;
  return again.status === 200 ? again : readAbsence(client, again, "list its tags");
}

function grow(client: Client, growing: Growing, page: JsonObject | undefined): void {
  const tags = page?.["tags"] ?? [];
  if (page === undefined || !Array.isArray(tags))
    throw invalidAnswer(client, "its list of tags is none");
  // A name that is no tag cannot be one of ours, whatever it is.
  for (const tag of tags) if (typeof tag === "string" && isTag(tag)) growing.tags.push(tag);
  if (growing.tags.length > MAX_TAGS) throw tooMany(client);
  const map = page["manifest"];
  if (!isJsonObject(map)) growing.proved = false;
  else growMap(client, growing, map);
}

/** Google's map: digest → its tags and media type. */
function growMap(client: Client, growing: Growing, map: JsonObject): void {
  client.can.google = true;
  for (const [digest, entry] of Object.entries(map)) {
    if (!isDigest(digest) || !isJsonObject(entry)) continue;
    const { mediaType, tag: tags } = entry;
    growing.manifests.set(digest, typeof mediaType === "string" ? mediaType : "");
    if (!Array.isArray(tags)) continue;
    for (const tag of tags) if (typeof tag === "string") growing.digests.set(tag, digest);
  }
  if (growing.manifests.size > MAX_TAGS) throw tooMany(client);
}

/** The map is proof only where it names a digest for each tag that is listed. */
function finished({ tags, digests, manifests, proved }: Growing): TagListing {
  const unique = [...new Set(tags)];
  const complete = proved && unique.every((tag) => digests.has(tag));
  return {
    exists: unique.length > 0 || manifests.size > 0,
    tags: unique,
    digests: complete && manifests.size > 0 ? digests : undefined,
    manifests: complete && manifests.size > 0 ? manifests : undefined,
  };
}

function tooMany(client: Client): StoreError {
  return new StoreError({
    code: "too-large",
    message: `${client.repository} lists more than ${MAX_TAGS} tags or manifests`,
    repository: client.repository,
    retryable: false,
  });
}
