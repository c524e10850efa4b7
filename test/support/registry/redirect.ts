import { empty, errorAnswer, textAnswer, type Answer } from "./answer.ts";
import { rangedAnswer } from "./blobs.ts";
import type { Context, Exchange } from "./context.ts";
import type { RedirectOptions } from "./options.ts";
import { STORAGE_PREFIX } from "./route.ts";

function target(context: Context, exchange: Exchange, redirect: RedirectOptions): string {
  const { path, query } = exchange.record;
  const to = redirect.to ?? "blob-host";
  const signature = context.sign();
  const signed = `${STORAGE_PREFIX}${path}?X-Signature=${signature}`;
  switch (to) {
    case "blob-host":
      return `${context.origins.blobs}${signed}`;
    case "self":
      return signed;
    case "loop":
      return `${path}?hop=${Number(query.get("hop") ?? 0) + 1}`;
    default:
      return to.href;
  }
}

/** The redirect of a read, where the options ask for one. */
export function redirectRead(context: Context, exchange: Exchange): Answer | undefined {
  const { redirect } = context.behaviour;
  const { kind, method, repository = "", reference = "" } = exchange.record;
  const wanted = kind === "blob" || (kind === "manifest" && redirect?.manifests === true);
  const readable = method === "GET" || (method === "HEAD" && redirect?.heads === true);
  if (redirect === undefined || !wanted || !readable) {
    return undefined;
  }
  const content = context.repository(repository);
  const held =
    kind === "blob" ? content.blobs.has(reference) : content.resolve(reference) !== undefined;
  return held
    ? empty(redirect.status ?? 307, { Location: target(context, exchange, redirect) })
    : undefined;
}

/** What object storage answers behind a signed URL: the bytes, and XML where it refuses. */
export function storageRequest(context: Context, exchange: Exchange): Answer {
  const { headers, query, repository: name = "", reference = "" } = exchange.record;
  const { redirect } = context.behaviour;
  if (redirect?.refuseCredentials === true && headers["authorization"] !== undefined) {
    const body =
      "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>";
    return textAnswer(400, body, "application/xml");
  }
  if (!context.useSignature(query.get("X-Signature") ?? "", redirect?.uses ?? Infinity)) {
    const body = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    return textAnswer(403, body, "application/xml");
  }
  const repository = context.repository(name);
  const manifest = repository.resolve(reference);
  const bytes = repository.blobs.get(reference) ?? manifest?.bytes;
  if (bytes === undefined) {
    return errorAnswer(404, { code: "BLOB_UNKNOWN", message: "no such key" });
  }
  const type = manifest?.mediaType ?? "binary/octet-stream";
  return rangedAnswer(context, exchange, { bytes, headers: { "Content-Type": type } });
}
