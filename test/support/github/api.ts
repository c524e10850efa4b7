import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ACCOUNT_HANDLERS } from "./accounts.ts";
import { identify, type Identity } from "./authorization.ts";
import { CHECK_HANDLERS } from "./checks.ts";
import { CONVERSATION_HANDLERS } from "./conversations.ts";
import { faultsOfAnswer, faultsOfRequest, operationFor, type Operation } from "./description.ts";
import { takeFault, type Fault } from "./fault.ts";
import type { FakeGitHub } from "./github.ts";
import { ApiRefusal, notFound, type ApiAnswer, type Handler } from "./handler.ts";
import type { Json } from "./json.ts";
import { faultsBeyondDescription } from "./limits.ts";
import { PULL_HANDLERS } from "./pulls.ts";
import { REPOSITORY_HANDLERS } from "./repositories.ts";
import { allows, APP_ONLY, RIGHTS } from "./rights.ts";
import type { FakeRepository } from "./state.ts";

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...ACCOUNT_HANDLERS,
  ...CHECK_HANDLERS,
  ...CONVERSATION_HANDLERS,
  ...PULL_HANDLERS,
  ...REPOSITORY_HANDLERS,
};

interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one request to the REST API. */
export async function serveApi(
  github: FakeGitHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", github.origin);
  const method = request.method ?? "GET";
  const found = operationFor(method, url.pathname.slice("/api/v3".length));
  const operation = found?.operation.id ?? "unknown";
  const body = await readBody(request);
  const fault = takeFault(github.faults, operation);
  await fault?.until;
  const identity = identify(github, request.headers.authorization);
  const answered = await withFault(fault, async () => {
    try {
      if (found === undefined) {
        github.violations.push(`the description's subset has no ${method} ${url.pathname}`);
        throw notFound();
      }
      return await answer({ github, request, url, body, identity, ...found });
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      return { status: error.status, body: error.body, headers: headersOf(error) };
    }
  });
  const by = identity.token?.account.login ?? identity.app?.slug;
  const log = { operation, method, path: `${url.pathname}${url.search}`, by };
  if (answered === undefined) {
    github.requests.push({ ...log, status: 0 });
    if (fault?.wire === "reset") request.socket.destroy();
    return;
  }
  const status = send({ github, request, response, answered });
  github.requests.push({ ...log, status });
}

/** Undefined: no answer at all. */
export async function withFault(
  fault: Fault | undefined,
  work: () => Promise<Answered>,
): Promise<Answered | undefined> {
  if (fault === undefined || fault.when === "after") {
    const answered = await work();
    if (fault === undefined) return answered;
    return fault.wire === undefined ? (fault.answer ?? answered) : undefined;
  }
  if (fault.wire !== undefined) return undefined;
  return fault.answer ?? work();
}

interface Asked {
  readonly github: FakeGitHub;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly identity: Identity;
  readonly operation: Operation;
  readonly parts: ReadonlyMap<string, string>;
}

async function answer(asked: Asked): Promise<Answered> {
  const { github, request, url, operation, parts, identity } = asked;
  if (request.headers["user-agent"] === undefined) {
    throw new ApiRefusal(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
    );
  }
  if (request.headers["x-github-api-version"] === undefined) {
    github.violations.push(`${operation.id} names no API version`);
  }
  refuseOverLimit(github);
  const repository = repositoryIn(github, parts);
  authorize(asked, repository);
  const body = jsonOf(asked.body);
  const faults = [...faultsOfRequest(operation, parts, { query: url.searchParams, body })];
  github.violations.push(...faults);
  const beyond = faultsBeyondDescription(operation.id, body);
  if (faults.length + beyond.length > 0) {
    throw new ApiRefusal(422, "Validation Failed", {
      errors: [...faults, ...beyond].map((message) => ({ message })),
    });
  }
  const handler = HANDLERS[operation.id];
  if (handler === undefined) throw new Error(`no handler for ${operation.id}`);
  const answered = await handler({
    github,
    operation: operation.id,
    parts,
    query: url.searchParams,
    body: isJson(body) ? body : {},
    token: identity.token,
    app: identity.app,
    // Handlers of operations without a repository in their path do not touch it.
    repository: repository ?? github.repository(),
  });
  const page = paged(answered, url);
  github.violations.push(
    ...(page.status < 300 ? faultsOfAnswer(operation, page.status, page.body) : []),
  );
  return page;
}

function repositoryIn(
  github: FakeGitHub,
  parts: ReadonlyMap<string, string>,
): FakeRepository | undefined {
  const owner = parts.get("owner");
  const repo = parts.get("repo");
  if (owner === undefined || repo === undefined) return undefined;
  const found = github.repositories.get(`${owner}/${repo}`.toLowerCase());
  if (found === undefined) throw notFound();
  return found;
}

function authorize(
  { github, identity, operation }: Asked,
  repository: FakeRepository | undefined,
): void {
  if (identity.kind === "bad") throw new ApiRefusal(401, "Bad credentials");
  if (APP_ONLY.has(operation.id)) {
    if (identity.app === undefined || identity.token !== undefined) {
      throw new ApiRefusal(401, "A JSON web token could not be decoded");
    }
    return;
  }
  const needed = RIGHTS.get(operation.id) ?? [];
  const { token } = identity;
  if (token === undefined) {
    if (repository?.private) throw notFound();
    // The code is the credential.
    if (operation.id === "apps/create-from-manifest") return;
    if (operation.method !== "GET") throw new ApiRefusal(401, "Requires authentication");
    if (needed.some((one) => one.startsWith("members")))
      throw new ApiRefusal(401, "Requires authentication");
    return;
  }
  const held = github.permissionsOf(token, repository);
  if (repository?.private && held["metadata"] === undefined) throw notFound();
  // Anybody reads what is public; rights of an organization are never public.
  const isPublicRead = operation.method === "GET" && repository?.private === false;
  const readsAnyway = isPublicRead && !needed.some((one) => one.startsWith("administration"));
  if (allows(held, needed) || readsAnyway) return;
  const who = token.kind === "user" ? "personal access token" : "integration";
  throw new Forbidden(`Resource not accessible by ${who}`, needed);
}

class Forbidden extends ApiRefusal {
  readonly needed: readonly string[];

  constructor(message: string, needed: readonly string[]) {
    super(403, message);
    this.needed = needed;
  }
}

function headersOf(error: ApiRefusal): Readonly<Record<string, string>> {
  return error instanceof Forbidden
    ? { "x-accepted-github-permissions": error.needed.join("; ") }
    : {};
}

export function refuseOverLimit(github: FakeGitHub): void {
  if (github.limit === undefined) return;
  if (github.clock() >= github.limit.resetAt) {
    github.limit = undefined;
    return;
  }
  if (github.limit.remaining > 0) {
    github.limit.remaining -= 1;
    return;
  }
  throw new ApiRefusal(403, "API rate limit exceeded for installation.");
}

/** The activity of a repository and the deliveries of a webhook have cursors where other listings have numbers. */
function cursorOf(path: string): "after" | "cursor" | "page" {
  if (path.endsWith("/hook/deliveries")) return "cursor";
  return path.endsWith("/activity") ? "after" : "page";
}

/** Cuts a listing into pages, 30 entries each unless asked. */
function paged(answer: ApiAnswer, url: URL): Answered {
  if (!("list" in answer)) {
    const headers = answer.location === undefined ? {} : { location: answer.location };
    return { status: answer.status, body: answer.body, headers };
  }
  const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const cursor = cursorOf(url.pathname);
  const page = Number(url.searchParams.get(cursor) ?? 1);
  const last = Math.max(1, Math.ceil(answer.list.length / size));
  const entries = answer.list.slice((page - 1) * size, page * size);
  const links: string[] = [];
  function link(to: number, rel: string): void {
    const target = new URL(url);
    target.searchParams.set(cursor, String(to));
    links.push(`<${target.href}>; rel="${rel}"`);
  }
  if (page > 1) link(page - 1, "prev");
  if (page < last) {
    link(page + 1, "next");
    link(last, "last");
  }
  const body =
    answer.under === undefined
      ? entries
      : { total_count: answer.list.length, [answer.under]: entries };
  return { status: 200, body, headers: links.length > 0 ? { link: links.join(", ") } : {} };
}

interface Sending {
  readonly github: FakeGitHub;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answered: Answered;
}

/** Sends the answer, or 304 where the client has it already; returns the status. */
export function send({ github, request, response, answered }: Sending): number {
  const { status, body } = answered;
  const text = body === undefined ? "" : JSON.stringify(body);
  const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  const isKnown =
    request.method === "GET" && status === 200 && request.headers["if-none-match"] === etag;
  const limit = github.limit ?? { remaining: 4999, resetAt: github.clock() + 3_600_000 };
  response.writeHead(isKnown ? 304 : status, {
    ...(text !== "" && { "content-type": "application/json; charset=utf-8" }),
    ...(request.method === "GET" && status === 200 && { etag }),
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": String(limit.remaining),
    "x-ratelimit-reset": String(Math.ceil(limit.resetAt / 1000)),
    ...answered.headers,
  });
  response.end(isKnown ? undefined : text);
  return isKnown ? 304 : status;
}

const BODY_BYTES = 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES) throw new Error("a request over a mebibyte");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiRefusal(400, "Problems parsing JSON");
    throw error;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
