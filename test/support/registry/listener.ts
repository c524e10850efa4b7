import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import type { ListenerName } from "./log.ts";
import type { RegistryOptions } from "./options.ts";

/** What a listener hands on: a request with the number of its connection. */
export type OnRequest = (
  listener: ListenerName,
  connection: number,
  messages: { readonly request: IncomingMessage; readonly response: ServerResponse },
) => void;

/** One port of the double. */
export class Listener {
  readonly name: ListenerName;
  connections = 0;
  readonly #server: Server;
  readonly #scheme: "http" | "https";
  readonly #numbers: WeakMap<Socket, number> = new WeakMap();
  #host = "";

  constructor(name: ListenerName, options: RegistryOptions, onRequest: OnRequest) {
    this.name = name;
    this.#scheme = options.tls === undefined ? "http" : "https";
    this.#server = options.tls === undefined ? createServer() : createSecureServer(options.tls);
    // Idle connections stay, so that a test counts what the client closes and not what we close.
    this.#server.keepAliveTimeout = 120_000;
    this.#server.maxRequestsPerSocket = options.requestsPerConnection ?? 0;
    this.#server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.#numbers.set(socket, this.connections);
    });
    // Requests over TLS come on a socket of their own, which a refused handshake never makes.
    this.#server.on("secureConnection", (socket: Socket) => {
      this.#numbers.set(socket, this.connections);
    });
    this.#server.on("request", (request, response) => {
      onRequest(name, this.#numbers.get(request.socket) ?? 0, { request, response });
    });
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return this.#host;
  }

  /** `http://127.0.0.1:PORT`, or https. */
  get origin(): string {
    return `${this.#scheme}://${this.#host}`;
  }

  /** Opens the port; the given one, or any free one. */
  async listen(port = 0): Promise<void> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) {
      this.#host = `127.0.0.1:${address.port}`;
    }
  }

  /** Closes the port and cuts every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) {
      return;
    }
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
