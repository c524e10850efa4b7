import { Socket } from "node:net";
import { buildConnector, Pool } from "undici";
import type { Environment } from "../auth/credential-files.ts";
import { StoreError } from "../../store-error.ts";
import { isLoopback } from "./address-kind.ts";

/** A proxy that the environment names. */
export interface ProxyAddress {
  /** The variable that names it; the address may hold a password, and is never shown. */
  readonly variable: string;
  readonly url: URL;
}

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "https:": ["HTTPS_PROXY", "https_proxy"],
  // In upper case a CGI program's caller could set it by a header (CVE-2016-5385), but no registry starts us.
  "http:": ["HTTP_PROXY", "http_proxy"],
};

/**
 * The proxy for an origin, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say; undefined: it is asked itself. This machine
 * is never asked through one.
 * @throws {StoreError} `unsupported`, where the variable holds no address of a proxy
 */
export function proxyFor(origin: string, env: Environment): ProxyAddress | undefined {
  const { protocol, hostname, port } = new URL(origin);
  const variable = VARIABLES[protocol]?.find((name) => (env[name] ?? "") !== "");
  if (variable === undefined || isLoopback(hostname)) return undefined;
  const exceptions = env["NO_PROXY"] || env["no_proxy"] || "";
  if (isExcepted(hostname, port, exceptions)) return undefined;
  const url = URL.parse(env[variable] ?? "");
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:"))
    return { variable, url };
  throw new StoreError({
    code: "unsupported",
    message: `${variable} names no proxy: expected an address that begins with http:// or https://`,
    hint: `correct ${variable}, or name the host in NO_PROXY`,
    retryable: false,
  });
}

/** As Go's programs read it: a name means its subdomains too, `.name` and `*.name` the same, `*` everything. */
function isExcepted(hostname: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      const [, name = "", only] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
      const isPort = only === undefined || only === port;
      return entry === "*" || (isPort && (hostname === name || hostname.endsWith(`.${name}`)));
    });
}

/** What a tunnel's own connections need. */
export interface TunnelOptions {
  readonly connectMs: number;
  /** Trusted beside the usual ones, for the registry at the far end. */
  readonly ca: readonly string[] | undefined;
}

/** Tunnels through one proxy. */
export interface Tunnels {
  readonly connect: buildConnector.connector;
  close(): Promise<void>;
}

/**
 * Opens tunnels (`CONNECT`, RFC 9110 §9.3.6): the proxy is told a host and a port, and passes bytes on. TLS is with the
 * registry, so that no credential of a registry is ever the proxy's to read.
 */
export function openTunnels(proxy: ProxyAddress, { connectMs, ca }: TunnelOptions): Tunnels {
  const { url } = proxy;
  const pool = new Pool(url.origin, { headersTimeout: connectMs, connect: { timeout: connectMs } });
  const secure = buildConnector({ timeout: connectMs, ...(ca && { ca: [...ca] }) });
  const own = url.username === "" ? {} : { "proxy-authorization": basicOf(url) };
  async function open(options: buildConnector.Options): Promise<Socket> {
    const port = options.port || (options.protocol === "https:" ? "443" : "80");
    const far = `${options.hostname}:${port}`;
    const socket = await ask(pool, proxy, { path: far, headers: { host: far, ...own } });
    if (options.protocol !== "https:") return socket;
    return new Promise((resolve, reject) => {
      secure({ ...options, httpSocket: socket }, (error, made) => {
        if (made === null) reject(error);
        else resolve(made);
      });
    });
  }
  async function give(
    options: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> {
    const made = await open(options).catch((error: unknown) =>
      error instanceof Error ? error : noTunnel(proxy, "it failed", error),
    );
    if (made instanceof Error) callback(made, null);
    else callback(null, made);
  }
  return {
    connect: (options, callback) => void give(options, callback),
    close: () => pool.destroy(),
  };
}

interface ConnectRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One `CONNECT`; not by `pool.connect()`, which the bundle leaves out with the rest of undici's index. */
function ask(pool: Pool, proxy: ProxyAddress, request: ConnectRequest): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  pool.dispatch(
    { ...request, method: "CONNECT" },
    {
      onRequestStart: () => undefined,
      onRequestUpgrade: (_controller, status, _headers, socket) => {
        if (status === 200 && socket instanceof Socket) return resolve(socket);
        socket.destroy();
        return reject(noTunnel(proxy, `it answered ${status}`, undefined));
      },
      onResponseError: (_controller, cause) => reject(noTunnel(proxy, "it did not answer", cause)),
    },
  );
  return promise;
}

function basicOf({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** The proxy's own address is left out: what is told is where it stands. */
function noTunnel({ variable }: ProxyAddress, why: string, cause: unknown): StoreError {
  return new StoreError({
    code: "unreachable",
    message: `the proxy that ${variable} names opened no way: ${why}`,
    hint: `check ${variable}, and that the proxy lets this machine through; NO_PROXY lists hosts to ask without it`,
    ...(cause !== undefined && { cause }),
  });
}
