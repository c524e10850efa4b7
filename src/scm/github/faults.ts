import { ForgeError, type ForgeErrorCode } from "../forge-error.ts";

/** What was asked of GitHub, in words that an error can say. */
export interface Ask {
  /** Completes "could not …": `read pull request 7`. */
  readonly to: string;
  /** The right that it needs, as workflows and Apps name it: `pull-requests: read`. */
  readonly right: string;
  /** It makes something new: a second try could make it twice. */
  readonly once?: true;
}

export interface FaultContext {
  readonly ask: Ask;
  readonly host: string;
  readonly signal: AbortSignal;
  /** Never let through, whatever an answer says. */
  readonly secret: string | undefined;
  readonly now: number;
}

/** How long GitHub asks to wait after a secondary limit that does not say. */
const UNSAID_LIMIT_MS = 60_000;
const MESSAGE_CHARACTERS = 300;

/** An Octokit failure as ours: what was asked, which right is missing, whether and when a retry helps. */
export function faultFrom(error: unknown, context: FaultContext): ForgeError {
  if (error instanceof ForgeError) return error;
  if (context.signal.aborted) return fault("interrupted", context, { cause: error });
  const answer = answerIn(error);
  if (answer !== undefined) return fromAnswer(error, answer, context);
  const graph = graphErrorsIn(error);
  if (graph.length > 0) return fromGraphQl(error, graph, context);
  if (isRequestError(error)) return fromWire(error, context);
  if (isKeyTrouble(error)) return fault("credentials", context, { cause: error });
  return fault("invalid-answer", context, { cause: error });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly message: string;
}

function fromAnswer(cause: unknown, answer: Answer, context: FaultContext): ForgeError {
  const { status } = answer;
  const said = { cause, status, said: answer.message };
  const retryAfterMs = limitWait(answer, context.now);
  if (retryAfterMs !== undefined) {
    return fault("rate-limited", context, { ...said, retryAfterMs });
  }
  const code = codeOf(status) ?? "invalid-answer";
  if (code === "forbidden") return forbidden(answer, context, said);
  return fault(code, context, {
    ...said,
    ...(code === "not-found" && { right: context.ask.right }),
  });
}

/** GitHub names the rights that would have done; where it does not, the one that we know of is named. */
function forbidden(answer: Answer, context: FaultContext, said: FaultDetail): ForgeError {
  const isSso = answer.headers["x-github-sso"] !== undefined;
  return fault("forbidden", context, {
    ...said,
    right: acceptedRights(answer.headers["x-accepted-github-permissions"]) ?? context.ask.right,
    ...(isSso && { hint: "The organization wants the token authorized for its single sign-on." }),
  });
}

function codeOf(status: number): ForgeErrorCode | undefined {
  if (status >= 500) return "unavailable";
  return CODES.get(status);
}

const CODES: ReadonlyMap<number, ForgeErrorCode> = new Map([
  [400, "refused"],
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not-found"],
  [405, "refused"],
  [409, "conflict"],
  [410, "not-found"],
  [413, "too-large"],
  [422, "refused"],
  [451, "refused"],
]);

/** How long to wait where the answer is a limit, primary or secondary; undefined where it is none. */
function limitWait(answer: Answer, now: number): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const told = waitIn(answer.headers, now);
  if (told !== undefined) return told;
  // A secondary limit may come with no header at all; the words are all that tells it from a missing right.
  const secondary = answer.status === 429 || /secondary rate limit|abuse/i.test(answer.message);
  return secondary ? UNSAID_LIMIT_MS : undefined;
}

/** How long the headers of an answer that is a limit say to wait; undefined where they say nothing. */
function waitIn(headers: Answer["headers"], now: number): number | undefined {
  const after = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && Number.isFinite(after)) return after * 1000;
  if (headers["x-ratelimit-remaining"] !== "0") return undefined;
  const reset = Number(headers["x-ratelimit-reset"]) * 1000;
  return Number.isFinite(reset) ? Math.max(reset - now, 0) + 1000 : UNSAID_LIMIT_MS;
}

/** `pull_requests=write; issues=write` as `pull-requests: write or issues: write`. */
function acceptedRights(header: string | undefined): string | undefined {
  if (header === undefined || !/^[a-z_]+=[a-z]+(?:[,;] ?[a-z_]+=[a-z]+)*$/.test(header)) {
    return undefined;
  }
  return header
    .replaceAll(/; ?/g, " or ")
    .replaceAll(/, ?/g, " and ")
    .replaceAll("=", ": ")
    .replaceAll("_", "-");
}

interface GraphError {
  readonly type: string;
  readonly message: string;
}

function fromGraphQl(
  cause: unknown,
  errors: readonly GraphError[],
  context: FaultContext,
): ForgeError {
  const [first = { type: "", message: "" }] = errors;
  const code = GRAPH_CODES.get(first.type) ?? "refused";
  const right = code === "forbidden" || code === "not-found" ? context.ask.right : undefined;
  const headers = isObject(cause) ? textsOf(cause["headers"]) : {};
  const told = waitIn(headers, context.now) ?? UNSAID_LIMIT_MS;
  const retryAfterMs = code === "rate-limited" ? told : undefined;
  return fault(code, context, { cause, said: first.message, right, retryAfterMs });
}

const GRAPH_CODES: ReadonlyMap<string, ForgeErrorCode> = new Map([
  ["NOT_FOUND", "not-found"],
  ["FORBIDDEN", "forbidden"],
  ["INSUFFICIENT_SCOPES", "forbidden"],
  ["RATE_LIMITED", "rate-limited"],
  ["RATE_LIMIT", "rate-limited"],
  ["STALE_DATA", "conflict"],
  ["MAX_NODE_LIMIT_EXCEEDED", "too-large"],
]);

function fromWire(cause: Error, context: FaultContext): ForgeError {
  const late = [cause, cause.cause].some(
    (error) => error instanceof Error && error.name === "TimeoutError",
  );
  return fault(late ? "timeout" : "unreachable", context, { cause, said: wireWord(cause) });
}

/** The system's own word for a broken connection (ECONNREFUSED), which says more than "fetch failed". */
function wireWord(error: Error): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z_]+$/.test(at.code)) return at.code;
  }
  return undefined;
}

interface FaultDetail {
  readonly cause: unknown;
  readonly status?: number;
  /** What GitHub said, foreign text. */
  readonly said?: string | undefined;
  readonly right?: string | undefined;
  readonly hint?: string;
  readonly retryAfterMs?: number | undefined;
}

function fault(code: ForgeErrorCode, context: FaultContext, detail: FaultDetail): ForgeError {
  const { ask, host } = context;
  const said = plain(detail.said ?? "", context.secret);
  const because = [PHRASES[code], said === "" ? "" : `: ${said}`].join("");
  return new ForgeError({
    code,
    message: `Could not ${ask.to} at ${host}: ${because}`,
    hint: detail.hint ?? hintFor(code, detail),
    right: detail.right,
    status: detail.status,
    retryAfterMs: detail.retryAfterMs,
    cause: withoutExchange(detail.cause, context.secret),
  });
}

/** Octokit's errors carry the whole request and answer, which are foreign text and may hold anything. */
function withoutExchange(cause: unknown, secret: string | undefined): unknown {
  if (!(cause instanceof Error)) return cause;
  if (!("request" in cause || "response" in cause || "errors" in cause)) return cause;
  const inner = cause.cause === undefined ? undefined : { cause: cause.cause };
  return new Error(plain(cause.message, secret), inner);
}

const PHRASES: Readonly<Record<ForgeErrorCode, string>> = {
  "no-token": "there is no token",
  unauthorized: "the token is wrong, expired or revoked",
  forbidden: "the token may not",
  "not-found": "it is not there, or the token may not see it",
  "rate-limited": "the limit of requests is reached",
  refused: "it was refused",
  conflict: "it changed meanwhile",
  "too-large": "it is too large",
  unavailable: "GitHub failed",
  unreachable: "there is no connection",
  timeout: "no answer came in time",
  "invalid-answer": "the answer is none of GitHub's",
  credentials: "the App's key or id cannot be used",
  interrupted: "it was interrupted",
};

function hintFor(code: ForgeErrorCode, detail: FaultDetail): string | undefined {
  if (detail.retryAfterMs !== undefined) {
    return `Try again in ${Math.ceil(detail.retryAfterMs / 1000)} s.`;
  }
  if (detail.right !== undefined) return `Give the token the right \`${detail.right}\`.`;
  if (code === "unauthorized") return "Make a new token.";
  return undefined;
}

/** Foreign text on one line, without control characters and without our secret, and not too long. */
function plain(text: string, secret: string | undefined): string {
  const clean = secret === undefined ? text : text.replaceAll(secret, "[token]");
  return clean
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, MESSAGE_CHARACTERS);
}

function isRequestError(error: unknown): error is Error {
  return error instanceof Error && error.name === "HttpError";
}

function isKeyTrouble(error: unknown): boolean {
  return (
    error instanceof Error && /private ?key|appId|app id|asn1|DECODER|PEM/i.test(error.message)
  );
}

function answerIn(error: unknown): Answer | undefined {
  if (!isObject(error)) return undefined;
  const { status, response } = error;
  if (typeof status !== "number" || !isObject(response)) return undefined;
  return { status, headers: textsOf(response["headers"]), message: messageOf(response["data"]) };
}

function graphErrorsIn(error: unknown): readonly GraphError[] {
  if (!isObject(error)) return [];
  const errors = error["errors"] ?? (isObject(error["data"]) ? error["data"]["errors"] : undefined);
  if (!Array.isArray(errors)) return [];
  return errors.filter(isObject).map(({ type, message }) => ({
    type: typeof type === "string" ? type : "",
    message: typeof message === "string" ? message : "",
  }));
}

/** GitHub's message with the details that a 422 lists beside it. */
function messageOf(data: unknown): string {
  if (!isObject(data)) return "";
  const details = Array.isArray(data["errors"]) ? data["errors"].map(detailOf) : [];
  const message = typeof data["message"] === "string" ? data["message"] : "";
  return [message, ...details.filter((detail) => detail !== "")].join("; ");
}

function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (!isObject(error)) return "";
  const texts = [error["field"], error["message"] ?? error["code"]];
  return texts.filter((text) => typeof text === "string").join(" ");
}

function textsOf(value: unknown): Readonly<Record<string, string | undefined>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name.toLowerCase(),
      typeof text === "string" || typeof text === "number" ? String(text) : undefined,
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
