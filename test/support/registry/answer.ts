/** Header values as node:http takes them; an array sends the header several times. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What the double would say to a request, before a fault touches it. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Buffer;
}

/** Codes of the OCI distribution spec's table, and those real registries add. */
export type ErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "GOOGLE_MANIFEST_DANGLING_TAG"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "NOT_FOUND"
  | "PAGINATION_NUMBER_INVALID"
  | "PRECONDITION"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

/** One entry of a spec error body. */
export interface ErrorEntry {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: unknown;
}

/** An answer without a body. */
export function empty(status: number, headers: AnswerHeaders = {}): Answer {
  return { status, headers: { "Content-Length": "0", ...headers }, body: Buffer.alloc(0) };
}

/** An answer of raw bytes. */
export function bytesAnswer(status: number, body: Buffer, headers: AnswerHeaders): Answer {
  return { status, headers: { "Content-Length": String(body.length), ...headers }, body };
}

/** An answer of JSON. */
export function jsonAnswer(status: number, value: unknown, headers: AnswerHeaders = {}): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return bytesAnswer(status, body, { "Content-Type": "application/json", ...headers });
}

/** An answer of text that is not JSON, as a proxy or a router gives. */
export function textAnswer(status: number, text: string, type = "text/plain"): Answer {
  return bytesAnswer(status, Buffer.from(text), { "Content-Type": `${type}; charset=utf-8` });
}

/** An error body of several entries (OCI distribution spec, "Error Codes"). */
export function errorsAnswer(
  status: number,
  errors: readonly ErrorEntry[],
  headers: AnswerHeaders = {},
): Answer {
  return jsonAnswer(status, { errors }, headers);
}

/** An error body of one entry. */
export function errorAnswer(
  status: number,
  entry: ErrorEntry,
  headers: AnswerHeaders = {},
): Answer {
  return errorsAnswer(status, [entry], headers);
}
