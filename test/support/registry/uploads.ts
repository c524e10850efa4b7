import { empty, errorAnswer, textAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import { algorithmOf, matchesDigest } from "./digest.ts";
import { digestHeader } from "./manifests.ts";
import { refuseQuota } from "./harbor.ts";
import type { Repository, Upload } from "./repository.ts";

function sessionUrl(context: Context, repository: Repository, upload: Upload): string {
  const path = `/v2/${repository.name}/blobs/uploads/${upload.id}`;
  const stateful = `${path}?_state=${upload.id}.${upload.size}&sig=a%2Fb%3D`;
  const { registry, blobs } = context.origins;
  switch (context.behaviour.location) {
    case "relative":
      return path;
    case "relative-with-query":
      return stateful;
    case "absolute":
      return `${registry}${path}`;
    case "absolute-with-query":
      return `${registry}${stateful}`;
    case "other-host":
      return `${blobs}${stateful}`;
    case "port-dropped":
      return `${registry.replace(/:\d+$/u, "")}${path}`;
  }
}

function progress(
  context: Context,
  repository: Repository,
  upload: Upload,
): Readonly<Record<string, string>> {
  const { chunkMinLength } = context.behaviour;
  return {
    Location: sessionUrl(context, repository, upload),
    Range: `0-${Math.max(0, upload.size - 1)}`,
    "Docker-Upload-UUID": upload.id,
    ...(chunkMinLength === undefined ? {} : { "OCI-Chunk-Min-Length": String(chunkMinLength) }),
  };
}

function begin(context: Context, repository: Repository): Answer {
  const upload: Upload = { id: context.nextId("upload"), chunks: [], size: 0, lastChunk: 0 };
  repository.uploads.set(upload.id, upload);
  return empty(202, progress(context, repository, upload));
}

function created(context: Context, repository: Repository, digest: string): Answer {
  return empty(context.behaviour.putStatus, {
    Location: `/v2/${repository.name}/blobs/${digest}`,
    ...digestHeader(context, digest, "PUT"),
  });
}

function digestInvalid(): Answer {
  const message = "provided digest did not match uploaded content";
  return errorAnswer(400, { code: "DIGEST_INVALID", message });
}

function commit(
  context: Context,
  repository: Repository,
  blob: { readonly bytes: Buffer; readonly digest: string },
): Answer {
  if (!matchesDigest(blob.bytes, blob.digest)) {
    return digestInvalid();
  }
  const refused = refuseQuota(context, repository, blob.bytes.length);
  if (refused !== undefined) {
    return refused;
  }
  repository.blobs.set(blob.digest, blob.bytes);
  return created(context, repository, blob.digest);
}

function mount(context: Context, exchange: Exchange, repository: Repository): Answer {
  const { query } = exchange.record;
  const digest = query.get("mount") ?? "";
  const from = query.get("from") ?? undefined;
  const mode = context.behaviour.mount;
  if (mode === "error") {
    return errorAnswer(400, { code: "UNSUPPORTED", message: "mount is not supported here" });
  }
  const given = from === undefined ? undefined : context.repositories.get(from);
  const anywhere = [...context.repositories.values()].find(({ blobs }) => blobs.has(digest));
  const bytes = (mode === "anonymous" ? anywhere : given)?.blobs.get(digest);
  if (mode === "off" || bytes === undefined) {
    return begin(context, repository);
  }
  repository.blobs.set(digest, bytes);
  return { ...created(context, repository, digest), status: 201 };
}

/** `POST` of an upload: begin (end-4a), one-POST (end-4b) or mount (end-11). */
export async function beginUploadRequest(
  context: Context,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const { repository: name = "", query } = exchange.record;
  const repository = context.repository(name);
  const { bytes, complete } = await exchange.body();
  if (!complete) {
    return undefined;
  }
  if (query.has("mount")) {
    return mount(context, exchange, repository);
  }
  const digest = query.get("digest");
  if (digest === null || context.behaviour.onePost === "ignored") {
    return begin(context, repository);
  }
  if (context.behaviour.onePost === "refused") {
    return errorAnswer(400, { code: "BLOB_UPLOAD_INVALID", message: "a body is not taken here" });
  }
  return algorithmOf(digest) === undefined
    ? digestInvalid()
    : commit(context, repository, { bytes, digest });
}

interface Session {
  readonly repository: Repository;
  readonly upload: Upload;
}

function findSession(context: Context, exchange: Exchange): Session | Answer {
  const { repository: name = "", reference = "", query, method } = exchange.record;
  const repository = context.repository(name);
  const upload = repository.uploads.get(reference);
  if (upload === undefined) {
    return errorAnswer(404, { code: "BLOB_UPLOAD_UNKNOWN", message: "blob upload unknown" });
  }
  const state = query.get("_state");
  const writes = method === "PATCH" || method === "PUT";
  if (writes && state !== null && state !== `${upload.id}.${upload.size}`) {
    const message = "the upload has moved on: use the latest Location";
    return errorAnswer(400, { code: "BLOB_UPLOAD_INVALID", message });
  }
  return { repository, upload };
}

function notSatisfiable(context: Context, { repository, upload }: Session): Answer {
  return empty(416, progress(context, repository, upload));
}

function outOfOrder(context: Context, exchange: Exchange, upload: Upload): boolean {
  const header = exchange.record.headers["content-range"];
  const { chunkMinLength } = context.behaviour;
  const length = exchange.record.headers["content-length"];
  const follows = chunkMinLength !== undefined && upload.size > 0 && length !== "0";
  if (follows && upload.lastChunk < chunkMinLength) {
    return true;
  }
  if (header === undefined) {
    return false;
  }
  const match = /^(\d+)-(\d+)$/u.exec(header);
  const [, start, end] = match ?? [];
  const size = Number(end) - Number(start) + 1;
  const honest = length === undefined || Number(length) === size;
  return match === null || Number(start) !== upload.size || size < 0 || !honest;
}

function lengthMissing(context: Context, exchange: Exchange): Answer | undefined {
  const { headers } = exchange.record;
  const missing = context.behaviour.lengthRequired && headers["content-length"] === undefined;
  return missing ? textAnswer(411, "411 Length Required\n") : undefined;
}

async function append(exchange: Exchange, upload: Upload): Promise<boolean> {
  const { bytes, complete } = await exchange.body();
  upload.chunks.push(bytes);
  upload.size += bytes.length;
  upload.lastChunk = bytes.length;
  return complete;
}

/** `PATCH` of an upload: a chunk, or a stream without `Content-Range` (spec end-5). */
export async function patchUploadRequest(
  context: Context,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const session = findSession(context, exchange);
  if ("status" in session) {
    return session;
  }
  const refused = lengthMissing(context, exchange);
  if (refused !== undefined) {
    return refused;
  }
  if (context.behaviour.chunks === "refused") {
    return errorAnswer(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
  }
  if (outOfOrder(context, exchange, session.upload)) {
    return notSatisfiable(context, session);
  }
  // Bytes that came before the client went away are kept, as distribution keeps them: that is
  // what a resume finds.
  const complete = await append(exchange, session.upload);
  return complete ? empty(202, progress(context, session.repository, session.upload)) : undefined;
}

/** `PUT` of an upload: the last bytes and the digest (spec end-6). */
export async function finishUploadRequest(
  context: Context,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const session = findSession(context, exchange);
  if ("status" in session) {
    return session;
  }
  const digest = exchange.record.query.get("digest") ?? "";
  if (algorithmOf(digest) === undefined) {
    return digestInvalid();
  }
  const { repository, upload } = session;
  const refused = lengthMissing(context, exchange);
  if (refused !== undefined) {
    return refused;
  }
  if (outOfOrder(context, exchange, upload)) {
    return notSatisfiable(context, session);
  }
  if (!(await append(exchange, upload))) {
    return undefined;
  }
  repository.uploads.delete(upload.id);
  return commit(context, repository, { bytes: Buffer.concat(upload.chunks), digest });
}

/** `GET` of an upload: how far it is (spec end-13). */
export function uploadStatusRequest(context: Context, exchange: Exchange): Answer {
  const session = findSession(context, exchange);
  return "status" in session
    ? session
    : { ...empty(204, progress(context, session.repository, session.upload)) };
}

/** `DELETE` of an upload: cancelled (spec end-14). */
export function cancelUploadRequest(context: Context, exchange: Exchange): Answer {
  const session = findSession(context, exchange);
  if ("status" in session) {
    return session;
  }
  session.repository.uploads.delete(session.upload.id);
  return empty(204);
}
