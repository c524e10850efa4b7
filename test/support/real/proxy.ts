import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";

/** A port that hands every request on to a registry, and lets a test see it first. */
export interface Proxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Called at every request, before it is handed on, and awaited. */
  onRequest(hook: () => Promise<void>): void;
}

/** Starts a proxy before a registry that answers without TLS. */
export async function startProxy(registry: string): Promise<Proxy> {
  const [hostname = "", port = ""] = registry.split(":");
  const hooks: (() => Promise<void>)[] = [];
  async function hand(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    for (const hook of hooks) await hook();
    const { method, url, headers } = incoming;
    // The Host header stays, so that the registry's own addresses lead here.
    const asked = ask({ hostname, port, method, path: url, headers });
    asked.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // Either side may go away in the middle: that is what these tests are about.
    asked.on("error", () => outgoing.destroy());
    incoming.on("aborted", () => asked.destroy());
    incoming.pipe(asked);
  }
  const server = createServer((incoming, outgoing) => {
    hand(incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    onRequest: (hook) => void hooks.push(hook),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
