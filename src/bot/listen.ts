import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Answer, Incoming } from "./accept.ts";
import { BotError } from "./bot-error.ts";
import type { Page, SetUp } from "./set-up.ts";

/** What the addresses of the bot lead to; each is looked up when it is asked for. */
export interface Routes {
  /** Undefined: there is no App yet. */
  readonly accept: () => ((incoming: Incoming) => Promise<Answer>) | undefined;
  /** Undefined: there is one. */
  readonly setUp: () => SetUp | undefined;
  readonly metrics: () => string;
  readonly answered: (seconds: number) => void;
  readonly log: (line: string) => void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** The bot's front door, open. */
export interface Listening {
  /** `http://HOST:PORT` */
  readonly origin: string;
  /** Takes no new connection; returns when what had begun is answered, or was cut off after some seconds. */
  close(): Promise<void>;
}

/** GitHub sends no more than 25 MB. */
const MOST_BODY_BYTES = 25 * 1024 * 1024;
/** All bodies that are being read at once: whoever sends them has proved nothing yet. */
const MOST_BYTES_AT_ONCE = 8 * MOST_BODY_BYTES;
/** GitHub waits for ten seconds. */
const REQUEST_MS = 9_000;
const MOST_CONNECTIONS = 512;
const CLOSE_MS = 5_000;

/**
 * Opens the port.
 * @throws {BotError} `listen`
 */
export async function listen({ host, port }: ListenOptions, routes: Routes): Promise<Listening> {
  const reading = { bytes: 0 };
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      route({ routes, reading, request, response }).catch((error: unknown) => {
        routes.log(`a request failed: ${error instanceof Error ? error.message : String(error)}`);
        if (!response.headersSent) sayJson(response, 503, "Something failed; try again.");
      });
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await opened(server, { host, port });
  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : port;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${at}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      // Whoever began a request and does not end it keeps nobody from stopping.
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function opened(server: Server, { host, port }: ListenOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new BotError("listen", `Port ${port} of ${host} cannot be had (${why}).`, { cause });
  }
}

interface Exchange {
  readonly routes: Routes;
  readonly reading: { bytes: number };
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function route(exchange: Exchange): Promise<void> {
  const { routes, request, response } = exchange;
  const url = URL.parse(request.url ?? "/", "http://bot.invalid");
  if (url?.pathname === "/webhook") return serveWebhook(exchange);
  if (request.method !== "GET" && request.method !== "HEAD")
    return sayJson(response, 405, "This address is only read.", { allow: "GET, HEAD" });
  if (url?.pathname === "/healthz") return sayHealth(routes, response);
  if (url?.pathname === "/metrics") return sayMetrics(routes, response);
  const page = await setUpPage(routes.setUp(), url);
  if (page === undefined) sayJson(response, 404, "There is nothing here.");
  else sayPage(response, page);
}

/** The pages of the set-up are there only while there is one. */
async function setUpPage(setUp: SetUp | undefined, url: URL | null): Promise<Page | undefined> {
  if (url?.pathname === "/setup") return setUp?.begin(url.searchParams);
  if (url?.pathname === "/setup/callback") return setUp?.finish(url.searchParams);
  return undefined;
}

async function serveWebhook({ routes, reading, request, response }: Exchange): Promise<void> {
  const began = performance.now();
  if (request.method !== "POST")
    return sayJson(response, 405, "GitHub posts here.", { allow: "POST" });
  const body = await bodyOf(request, reading);
  if (typeof body === "string") {
    // The rest of it is not read: the connection ends with the answer.
    const [status, message] = TOO_MUCH[body];
    return sayJson(response, status, message, { connection: "close" });
  }
  const accept = routes.accept();
  if (accept === undefined) return sayJson(response, 503, "There is no App yet: set it up first.");
  const { status, message } = await accept({ headers: request.headers, body });
  sayJson(response, status, message);
  routes.answered((performance.now() - began) / 1000);
}

const TOO_MUCH = {
  large: [413, "A delivery has at most 25 MiB."],
  busy: [503, "Too much comes in at once; GitHub is asked for this again later."],
  broken: [400, "The body ended early."],
} as const;

/** The bytes as they came, which is what was signed; a word where they are too many, or were never all there. */
async function bodyOf(
  request: IncomingMessage,
  reading: { bytes: number },
): Promise<Uint8Array | keyof typeof TOO_MUCH> {
  if (Number(request.headers["content-length"] ?? 0) > MOST_BODY_BYTES) return "large";
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      reading.bytes += chunk.length;
      if (size > MOST_BODY_BYTES) return "large";
      if (reading.bytes > MOST_BYTES_AT_ONCE) return "busy";
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof Error && "code" in error) return "broken";
    throw error;
  } finally {
    reading.bytes -= size;
  }
}

function sayHealth(routes: Routes, response: ServerResponse): void {
  // A bot that waits for its set-up is well: a restart would not help it.
  const ready = routes.accept() !== undefined;
  const text = `${JSON.stringify({ status: "ok", ready })}\n`;
  send(response, 200, { "content-type": "application/json", text });
}

function sayMetrics(routes: Routes, response: ServerResponse): void {
  const type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  send(response, 200, { "content-type": type, text: routes.metrics() });
}

function sayPage(response: ServerResponse, { status, body, formGoesTo }: Page): void {
  const form = formGoesTo ?? "'none'";
  send(response, status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; form-action ${form}; frame-ancestors 'none'`,
    "referrer-policy": "no-referrer",
    text: body,
  });
}

function sayJson(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify({ message })}\n`;
  send(response, status, { ...headers, "content-type": "application/json", text });
}

function send(
  response: ServerResponse,
  status: number,
  { text = "", ...headers }: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...headers,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-length": String(Buffer.byteLength(text)),
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
