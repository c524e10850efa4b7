import type { Octokit } from "@octokit/rest";
import { ForgeError } from "../forge-error.ts";
import { faultFrom, type Ask } from "./faults.ts";
import type { Pause } from "./pause.ts";

/** What every request of ours carries besides its parameters. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly retries?: number;
}

/** Calls GitHub for one repository: abortable, within limits, and failing with ForgeError only. */
export interface GitHubClient {
  readonly owner: string;
  readonly name: string;
  /** Asks once, or again where GitHub says that nothing was done because of a limit; `read` takes what is needed. */
  call<T>(ask: Ask, read: Call<T>, signal: AbortSignal): Promise<T>;
  /** The same, with undefined for what is not there. */
  find<T>(ask: Ask, read: Call<T>, signal: AbortSignal): Promise<T | undefined>;
  graphql<T>(ask: Ask, query: GraphQuery, signal: AbortSignal): Promise<T>;
}

export type Call<T> = (
  octokit: Octokit,
  request: RequestOptions,
  repository: { readonly owner: string; readonly repo: string },
) => Promise<T>;

export interface GraphQuery {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A wait that GitHub asked for, for a line of progress. */
export interface LimitWait {
  readonly ms: number;
  readonly message: string;
}

export interface ClientOptions {
  readonly octokit: Octokit;
  /** For GraphQL queries, which wait for no pace of writes. */
  readonly unpaced: Octokit;
  /** The address that GraphQL documents go to; on a server of one's own Octokit knows it from REST's. */
  readonly graphql: string;
  readonly owner: string;
  readonly name: string;
  readonly host: string;
  readonly secret: string | undefined;
  readonly pause: Pause;
  /** A longer wait is not waited: it fails and says how long it would be. */
  readonly waitAtMostMs: number;
  readonly onWait: ((wait: LimitWait) => void) | undefined;
}

/** A limit that comes back this often is not ours to wait out. */
const LIMIT_TRIES = 4;

/** Makes the client around an Octokit. */
export function createClient(options: ClientOptions): GitHubClient {
  const { owner, name, octokit } = options;
  async function call<T>(ask: Ask, read: Call<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Each attempt has options of its own: hooks keep what they know of a request in them.
        const request = { signal, ...(ask.once && { retries: 0 }) };
        return await orAborted(() => read(octokit, request, { owner, repo: name }), signal);
      } catch (error) {
        const fault = asFault(error, ask, { options, signal });
        const ms = waitFor(fault, attempt, options);
        if (ms === undefined) throw fault;
        options.pause.until(Date.now() + ms);
        options.onWait?.({ ms, message: fault.message });
      }
    }
  }
  return {
    owner,
    name,
    call,
    async find(ask, read, signal) {
      try {
        return await call(ask, read, signal);
      } catch (error) {
        if (error instanceof ForgeError && error.code === "not-found") return undefined;
        throw error;
      }
    },
    graphql<T>(ask: Ask, query: GraphQuery, signal: AbortSignal) {
      const isRead = query.document.startsWith("query");
      const kit = isRead ? options.unpaced : octokit;
      const url = options.graphql;
      return call<T>(
        ask,
        async (_, request) => {
          const asked = { ...query.variables, url, query: query.document, request };
          try {
            return await kit.graphql<T>(asked);
          } catch (error) {
            if (isPartOfRepository(error)) return error.data as T;
            throw error;
          }
        },
        signal,
      );
    },
  };
}

/** Something in a repository that the token does see is not there: the answer has null for it, beside its error. */
function isPartOfRepository(error: unknown): error is { readonly data: unknown } {
  if (!(error instanceof Error) || !("errors" in error) || !("data" in error)) return false;
  const { errors, data } = error;
  return (
    Array.isArray(errors) &&
    errors.every((one: { readonly type?: unknown }) => one.type === "NOT_FOUND") &&
    typeof data === "object" &&
    data !== null &&
    "repository" in data &&
    data.repository !== null
  );
}

interface CallContext {
  readonly options: ClientOptions;
  readonly signal: AbortSignal;
}

function asFault(error: unknown, ask: Ask, { options, signal }: CallContext): ForgeError {
  const { host, secret } = options;
  return faultFrom(error, { ask, host, secret, signal, now: Date.now() });
}

/** A request that a limit refused was not done, so even what must happen once is asked again. */
function waitFor(fault: ForgeError, attempt: number, options: ClientOptions): number | undefined {
  if (fault.code !== "rate-limited" || attempt >= LIMIT_TRIES) return undefined;
  const ms = fault.retryAfterMs ?? 0;
  return ms <= options.waitAtMostMs ? ms : undefined;
}

/** Octokit's queues do not know our signal: what waits in one is left behind, not waited for. */
async function orAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  function stop(): void {
    aborted.reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
  }
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
