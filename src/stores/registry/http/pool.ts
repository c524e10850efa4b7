import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { Pool } from "undici";
import type { Environment } from "../auth/credential-files.ts";
import { StoreError } from "../../store-error.ts";
import { openTunnels, proxyFor, type ProxyAddress, type Tunnels } from "./proxy.ts";
import { READ_BUFFERS } from "./read-buffers.ts";

/** How long each part of an exchange may take, in milliseconds. */
export interface Timeouts {
  /** Until there is a connection, TLS included. */
  readonly connectMs: number;
  /** From the end of the request to the headers of its answer. */
  readonly headersMs: number;
  /** Without one byte of a body. */
  readonly bodyMs: number;
}

export const TIMEOUTS: Timeouts = { connectMs: 10_000, headersMs: 60_000, bodyMs: 60_000 };

/** Connections to one origin where `registries.yaml` says nothing (issue 4 §6: at most 40 between two registries). */
export const DEFAULT_CONNECTIONS = 16;

/** Files of certificate authorities that were read already, by absolute path; undefined: there is no such file. */
export type AuthorityFiles = ReadonlyMap<string, string | undefined>;

/** What a pool must know beside its origin. */
export interface PoolOptions {
  readonly connections: number;
  /** An absolute path; its certificates are trusted beside the usual ones. */
  readonly caFile?: string | undefined;
}

/** Origins that redirects may open before the oldest is closed: a hostile registry can name any number. */
const MAX_POOLS = 128;
const KEEP_ALIVE_MS = 30_000;
const MAX_HEADER_BYTES = 32 * 1024;

/** The connections of a run, one pool an origin, shared by every repository there. */
export class Pools {
  readonly #pools = new Map<string, Pool>();
  /** By variable and file of authorities: however many origins a hostile registry names. */
  readonly #tunnels = new Map<string, Tunnels>();
  readonly #timeouts: Timeouts;
  readonly #files: AuthorityFiles;
  readonly #env: Environment;

  /** Of the environment only the variables that name a proxy are read. */
  constructor(timeouts: Timeouts, files: AuthorityFiles = new Map(), env: Environment = {}) {
    this.#timeouts = timeouts;
    this.#files = files;
    this.#env = env;
  }

  /** The pool of an origin, opened at its first use. */
  at(origin: string, options: PoolOptions): Pool {
    const key = options.caFile === undefined ? origin : `${origin} ${options.caFile}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = this.#open(origin, options);
    this.#pools.set(key, pool);
    this.#evict();
    return pool;
  }

  /** Ends every connection, in use or not. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
    const tunnels = [...this.#tunnels.values()];
    this.#tunnels.clear();
    await Promise.all(tunnels.map((each) => each.close()));
  }

  #open(origin: string, options: PoolOptions): Pool {
    return new Pool(origin, {
      connections: options.connections,
      pipelining: 1,
      // HTTP/2 in one connection would hold blobs up behind each other (research copy-engines §6.12).
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: this.#timeouts.headersMs,
      bodyTimeout: this.#timeouts.bodyMs,
      connect: this.#connector(proxyFor(origin, this.#env), options),
    });
  }

  #connector(
    proxy: ProxyAddress | undefined,
    { caFile }: PoolOptions,
  ): NonNullable<Pool.Options["connect"]> {
    const { connectMs } = this.#timeouts;
    const ca = caFile === undefined ? undefined : this.#authorities(caFile);
    if (proxy === undefined)
      return { timeout: connectMs, onread: READ_BUFFERS, ...(ca === undefined ? {} : { ca }) };
    const key = `${proxy.variable} ${caFile ?? ""}`;
    const tunnels = this.#tunnels.get(key) ?? openTunnels(proxy, { connectMs, ca });
    this.#tunnels.set(key, tunnels);
    return tunnels.connect;
  }

  /** The usual authorities (with NODE_EXTRA_CA_CERTS) and those of a file. */
  #authorities(caFile: string): string[] {
    try {
      const held = this.#files.has(caFile);
      const pem = held ? this.#files.get(caFile) : readFileSync(caFile, "utf8");
      if (pem === undefined)
        throw new Error(`git has no ${caFile} at the revision whose policies hold`);
      return [...getCACertificates("default"), pem];
    } catch (cause) {
      throw new StoreError({
        code: "tls",
        message: `the file of certificate authorities that policies/registries.yaml names cannot be read`,
        hint: "correct caFile in policies/registries.yaml: a PEM file, relative to the promotions root",
        cause,
      });
    }
  }

  #evict(): void {
    if (this.#pools.size <= MAX_POOLS) return;
    for (const [key, pool] of this.#pools) {
      if (pool.stats.running > 0 || pool.stats.pending > 0) continue;
      this.#pools.delete(key);
      pool.destroy().catch(noLongerOurs);
      return;
    }
  }
}

/** An idle pool that fails to close has nothing left that anybody waits for. */
function noLongerOurs(): void {}
