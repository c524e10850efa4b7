import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { serveApi } from "./api.ts";
import { takeFault } from "./fault.ts";
import { serveGit } from "./git-http.ts";
import type { FakeGitHub } from "./github.ts";
import { serveGraphQl } from "./graphql.ts";

/** One port of the fake: its pages, API and git, or the storage that artifacts lie in. */
export class Listener {
  readonly #server: Server;
  #origin = "";

  constructor(github: FakeGitHub, kind: "api" | "storage") {
    const serve = kind === "api" ? route : serveStorage;
    this.#server = createServer((request, response) => {
      serve(github, request, response).catch((error: unknown) => {
        github.violations.push(
          `the fake failed on ${request.method} ${request.url}: ${String(error instanceof Error ? error.stack : error)}`,
        );
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  get origin(): string {
    return this.#origin;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) {
      this.#origin = `http://127.0.0.1:${address.port}`;
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function route(
  github: FakeGitHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", github.origin);
  if (pathname.startsWith("/api/v3/")) return serveApi(github, request, response);
  if (pathname === "/api/graphql") return serveGraphQl(github, request, response);
  return serveGit(github, request, response);
}

/** The storage is another host: it refuses a request that brings it GitHub's credentials, as the real one does. */
async function serveStorage(
  github: FakeGitHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? "/";
  const id = Number(path.split("/").at(-1));
  const found = [...github.repositories.values()]
    .flatMap((one) => [...one.runs.values()])
    .flatMap(({ artifacts }) => artifacts)
    .find((artifact) => artifact.id === id);
  const leaked = request.headers.authorization !== undefined;
  if (leaked) github.violations.push("a token went to the storage host");
  const status = leaked ? 403 : found === undefined ? 404 : 200;
  github.requests.push({
    operation: "storage",
    method: request.method ?? "",
    path,
    status,
    by: undefined,
  });
  const fault = takeFault(github.faults, "storage");
  if (fault?.wire === "reset") {
    request.socket.destroy();
    return;
  }
  response.writeHead(fault?.answer?.status ?? status, { "content-type": "application/zip" });
  response.end(status === 200 ? found?.archive : undefined);
}
