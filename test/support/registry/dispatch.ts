import { errorAnswer, jsonAnswer, textAnswer, type Answer } from "./answer.ts";
import { guard } from "./auth.ts";
import { deleteBlobRequest, readBlobRequest } from "./blobs.ts";
import type { Context, Exchange } from "./context.ts";
import { harborApi } from "./harbor-api.ts";
import { refuseProject } from "./harbor.ts";
import { catalogRequest, referrersRequest, tagsRequest } from "./listings.ts";
import { deleteManifestRequest, putManifestRequest, readManifestRequest } from "./manifests.ts";
import { redirectRead, storageRequest } from "./redirect.ts";
import { isRepositoryName } from "./route.ts";
import { tokenRequest } from "./tokens.ts";
import {
  beginUploadRequest,
  cancelUploadRequest,
  finishUploadRequest,
  patchUploadRequest,
  uploadStatusRequest,
} from "./uploads.ts";

function notAllowed(): Answer {
  return errorAnswer(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
}

async function manifest(context: Context, exchange: Exchange): Promise<Answer | undefined> {
  switch (exchange.record.method) {
    case "GET":
    case "HEAD":
      return readManifestRequest(context, exchange);
    case "PUT":
      return await putManifestRequest(context, exchange);
    case "DELETE":
      return deleteManifestRequest(context, exchange);
    default:
      return notAllowed();
  }
}

async function upload(context: Context, exchange: Exchange): Promise<Answer | undefined> {
  switch (exchange.record.method) {
    case "POST":
      return await beginUploadRequest(context, exchange);
    case "PATCH":
      return await patchUploadRequest(context, exchange);
    case "PUT":
      return await finishUploadRequest(context, exchange);
    case "GET":
      return uploadStatusRequest(context, exchange);
    case "DELETE":
      return cancelUploadRequest(context, exchange);
    default:
      return notAllowed();
  }
}

function blob(context: Context, exchange: Exchange): Answer {
  switch (exchange.record.method) {
    case "GET":
    case "HEAD":
      return readBlobRequest(context, exchange);
    case "DELETE":
      return deleteBlobRequest(context, exchange);
    default:
      return notAllowed();
  }
}

async function route(context: Context, exchange: Exchange): Promise<Answer | undefined> {
  switch (exchange.record.kind) {
    case "ping":
      return jsonAnswer(200, {}, { "Docker-Distribution-Api-Version": "registry/2.0" });
    case "manifest":
      return await manifest(context, exchange);
    case "blob":
      return blob(context, exchange);
    case "redirected":
      return storageRequest(context, exchange);
    case "upload":
      return await upload(context, exchange);
    case "tags":
      return tagsRequest(context, exchange);
    case "referrers":
      return referrersRequest(context, exchange);
    case "catalog":
      return catalogRequest(context, exchange);
    case "api":
      return harborApi(context, exchange);
    case "token":
      return await tokenRequest(context, exchange);
    case "other":
      return textAnswer(404, "404 page not found\n");
  }
}

function tooLarge(context: Context, exchange: Exchange): Answer | undefined {
  const length = Number(exchange.record.headers["content-length"] ?? 0);
  const page = "<html><head><title>413 Request Entity Too Large</title></head></html>\n";
  return length > context.behaviour.maxBodyBytes ? textAnswer(413, page, "text/html") : undefined;
}

/** The true answer to a request, faults aside. */
export async function dispatch(context: Context, exchange: Exchange): Promise<Answer | undefined> {
  const { repository } = exchange.record;
  if (repository !== undefined && !isRepositoryName(repository)) {
    return errorAnswer(400, { code: "NAME_INVALID", message: `invalid name ${repository}` });
  }
  const refused =
    tooLarge(context, exchange) ??
    guard(context, exchange) ??
    refuseProject(context, exchange) ??
    redirectRead(context, exchange);
  const answer = refused ?? (await route(context, exchange));
  const { warning } = context.behaviour;
  return answer === undefined || warning === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, Warning: `299 - "${warning}"` } };
}

/** The answer above the limit of requests at once. */
export function tooMany(context: Context): Answer {
  const { retryAfter } = context.behaviour;
  return errorAnswer(
    429,
    { code: "TOOMANYREQUESTS", message: "too many requests" },
    retryAfter === undefined ? {} : { "Retry-After": retryAfter },
  );
}
