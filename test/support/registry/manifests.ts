import {
  bytesAnswer,
  empty,
  errorAnswer,
  errorsAnswer,
  type Answer,
  type AnswerHeaders,
  type ErrorEntry,
} from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import { algorithmOf, digestOf, matchesDigest } from "./digest.ts";
import { isForeign, readManifest, type ManifestDocument } from "./manifest-document.ts";
import { refuseMove } from "./immutable.ts";
import type { Repository, StoredManifest } from "./repository.ts";
import { isTag } from "./route.ts";

function unknown(reference: string): Answer {
  const entry: ErrorEntry = {
    code: "MANIFEST_UNKNOWN",
    message: "manifest unknown",
    detail: { reference },
  };
  return errorAnswer(404, entry);
}

function invalid(message: string): Answer {
  return errorAnswer(400, { code: "MANIFEST_INVALID", message });
}

/** The digest header as the options ask for it. */
export function digestHeader(context: Context, digest: string, method: string): AnswerHeaders {
  switch (context.behaviour.digestHeader) {
    case "sent":
      return { "Docker-Content-Digest": digest };
    case "omitted":
      return {};
    case "omitted-on-head":
      return method === "HEAD" ? {} : { "Docker-Content-Digest": digest };
    case "wrong":
      return { "Docker-Content-Digest": digestOf(`not ${digest}`) };
  }
}

function lookUp(
  context: Context,
  repository: Repository,
  reference: string,
): StoredManifest | undefined {
  const found = repository.resolve(reference);
  const quirk = /^(sha256|sha512)-([0-9a-f]+)$/u.exec(reference);
  if (found === undefined && quirk && context.behaviour.digestTagQuirk) {
    return repository.resolve(`${quirk[1]}:${quirk[2]}`);
  }
  return found;
}

function accepted(record: Exchange["record"], mediaType: string): boolean {
  const accept = record.headers["accept"] ?? "*/*";
  const types = accept.split(",").map((item) => item.split(";")[0]?.trim());
  return types.includes("*/*") || types.includes(mediaType);
}

function negotiate(
  context: Context,
  exchange: Exchange,
  { repository, stored }: { repository: Repository; stored: StoredManifest },
): StoredManifest | undefined {
  if (context.behaviour.accept === "ignored" || accepted(exchange.record, stored.mediaType)) {
    return stored;
  }
  const [child] = readManifest(stored.bytes)?.children ?? [];
  const firstChild = context.behaviour.accept === "first-child" && child !== undefined;
  return firstChild ? repository.resolve(child.digest) : undefined;
}

/** `GET` and `HEAD` of a manifest (spec end-3). */
export function readManifestRequest(context: Context, exchange: Exchange): Answer {
  const { repository: name = "", reference = "", method, headers } = exchange.record;
  const repository = context.repository(name);
  const stored = lookUp(context, repository, reference);
  const chosen = stored && negotiate(context, exchange, { repository, stored });
  if (chosen === undefined) {
    return unknown(reference);
  }
  const etag = `"${chosen.digest}"`;
  const etagHeaders = context.behaviour.conditional === "off" ? {} : { ETag: etag };
  if ("ETag" in etagHeaders && headers["if-none-match"] === etag) {
    return empty(304, etagHeaders);
  }
  return bytesAnswer(200, chosen.bytes, {
    "Content-Type": chosen.mediaType,
    ...digestHeader(context, chosen.digest, method),
    ...etagHeaders,
  });
}

function missingContent(
  context: Context,
  repository: Repository,
  document: ManifestDocument,
): ErrorEntry[] {
  const { missingChildCode, subjectRequired } = context.behaviour;
  const wanted = [...(document.config ? [document.config] : []), ...document.layers];
  const blobs = wanted
    .filter((item) => !isForeign(item) && !repository.blobs.has(item.digest))
    .map((item) => ({ code: "MANIFEST_BLOB_UNKNOWN" as const, digest: item.digest }));
  const children = document.children
    .filter(({ digest }) => !repository.manifests.has(digest) && !repository.blobs.has(digest))
    .map((item) => ({ code: missingChildCode, digest: item.digest }));
  const { subject } = document;
  const subjects =
    subjectRequired && subject && !repository.manifests.has(subject.digest)
      ? [{ code: "MANIFEST_UNKNOWN" as const, digest: subject.digest }]
      : [];
  const kept = context.behaviour.checkContent ? [...blobs, ...children] : [];
  return [...kept, ...subjects].map(({ code, digest }) => ({
    code,
    message: code === "MANIFEST_UNKNOWN" ? "manifest unknown" : "blob unknown to registry",
    detail: { digest },
  }));
}

function mediaTypeOf(exchange: Exchange, document: ManifestDocument): string | undefined {
  const given = exchange.record.headers["content-type"]?.split(";")[0]?.trim();
  const own = document.mediaType;
  if (given !== undefined && own !== undefined && given !== own) {
    return undefined;
  }
  return given ?? own;
}

function preconditionHolds(
  context: Context,
  exchange: Exchange,
  current: string | undefined,
): boolean {
  if (context.behaviour.conditional !== "if-match") {
    return true;
  }
  const { "if-match": match, "if-none-match": noneMatch } = exchange.record.headers;
  if (noneMatch === "*" && current !== undefined) {
    return false;
  }
  return match === undefined || (current !== undefined && [`"${current}"`, "*"].includes(match));
}

interface Incoming {
  readonly repository: Repository;
  readonly bytes: Buffer;
  readonly digest: string;
  readonly tags: readonly string[];
}

function refuseContent(
  context: Context,
  exchange: Exchange,
  incoming: Incoming,
): Answer | undefined {
  const { repository, bytes, digest, tags } = incoming;
  const { behaviour } = context;
  const { reference = "" } = exchange.record;
  if (bytes.length > behaviour.maxManifestBytes) {
    return errorAnswer(413, { code: "SIZE_INVALID", message: "manifest too large" });
  }
  if (!matchesDigest(bytes, digest)) {
    const message = "provided digest did not match uploaded content";
    return errorAnswer(400, { code: "DIGEST_INVALID", message });
  }
  if (!preconditionHolds(context, exchange, repository.tags.get(reference))) {
    return errorAnswer(412, { code: "PRECONDITION", message: "the tag has moved" });
  }
  for (const tag of tags) {
    const refused = refuseMove(context, repository, { tag, digest });
    if (refused !== undefined) {
      return refused;
    }
  }
  return undefined;
}

function store(context: Context, incoming: Incoming, mediaType: string): Answer {
  const { repository, bytes, digest, tags } = incoming;
  const subject = readManifest(bytes)?.subject;
  repository.putManifest(bytes, mediaType, tags, digest);
  const byTagParameter = context.behaviour.ociTag && tags.length > 0;
  return empty(201, {
    Location: `/v2/${repository.name}/manifests/${digest}`,
    ...digestHeader(context, digest, "PUT"),
    ...(subject && context.behaviour.ociSubject ? { "OCI-Subject": subject.digest } : {}),
    ...(byTagParameter ? { "OCI-Tag": tags } : {}),
  });
}

function incomingOf(context: Context, exchange: Exchange, bytes: Buffer): Incoming | Answer {
  const { repository: name = "", reference = "", query } = exchange.record;
  const byDigest = algorithmOf(reference) !== undefined;
  const parameters = context.behaviour.ociTag && byDigest ? query.getAll("tag") : [];
  const tags = byDigest ? parameters : [reference];
  const badTag = tags.find((tag) => !isTag(tag));
  if (badTag !== undefined) {
    const code = badTag.includes(":") ? "DIGEST_INVALID" : "TAG_INVALID";
    return errorAnswer(400, { code, message: `invalid reference ${badTag}` });
  }
  const digest = byDigest ? reference : digestOf(bytes);
  return { repository: context.repository(name), bytes, digest, tags };
}

/** `PUT` of a manifest (spec end-7), with the checks real registries make. */
export async function putManifestRequest(
  context: Context,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const { bytes, complete } = await exchange.body();
  if (!complete) {
    return undefined;
  }
  const incoming = incomingOf(context, exchange, bytes);
  if ("status" in incoming) {
    return incoming;
  }
  const refused = refuseContent(context, exchange, incoming);
  if (refused !== undefined) {
    return refused;
  }
  const document = readManifest(bytes);
  const mediaType = document && mediaTypeOf(exchange, document);
  if (document === undefined || mediaType === undefined) {
    return invalid("the manifest cannot be read, or its mediaType is not the Content-Type");
  }
  const { manifestTypes, missingContentStatus } = context.behaviour;
  if (manifestTypes !== undefined && !manifestTypes.includes(mediaType)) {
    return invalid(`manifests of type ${mediaType} are not accepted`);
  }
  const missing = missingContent(context, incoming.repository, document);
  return missing.length > 0
    ? errorsAnswer(missingContentStatus, missing)
    : store(context, incoming, mediaType);
}

function unsupported(): Answer {
  return errorAnswer(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
}

function refuseDigestDelete(
  context: Context,
  repository: Repository,
  digest: string,
): Answer | undefined {
  const rules = context.behaviour.delete;
  const tags = [...repository.tags].filter(([, target]) => target === digest).map(([tag]) => tag);
  if (rules.untagFirst === true && tags.length > 0) {
    const message = `Manifest is still referenced by tag: ${tags.join(", ")}`;
    return errorAnswer(400, { code: "GOOGLE_MANIFEST_DANGLING_TAG", message });
  }
  const parent = [...repository.manifests.values()].find((stored) =>
    readManifest(stored.bytes)?.children.some((child) => child.digest === digest),
  );
  if (rules.keepChildren === true && parent !== undefined) {
    const message = "requested access to the resource is denied";
    return errorAnswer(405, { code: "DENIED", message, detail: { reference: parent.digest } });
  }
  const fixed = tags.map((tag) => refuseMove(context, repository, { tag, digest: undefined }));
  return fixed.find((answer) => answer !== undefined);
}

/** `DELETE` of a manifest or tag (spec end-9). */
export function deleteManifestRequest(context: Context, exchange: Exchange): Answer {
  const { repository: name = "", reference = "" } = exchange.record;
  const repository = context.repository(name);
  const byDigest = algorithmOf(reference) !== undefined;
  const rules = context.behaviour.delete;
  if ((byDigest ? rules.digest : rules.tag) !== true) {
    return unsupported();
  }
  if (byDigest) {
    const refused = refuseDigestDelete(context, repository, reference);
    return refused ?? (repository.deleteManifest(reference) ? empty(202) : unknown(reference));
  }
  const refused = refuseMove(context, repository, { tag: reference, digest: undefined });
  return refused ?? (repository.deleteTag(reference) ? empty(202) : unknown(reference));
}
