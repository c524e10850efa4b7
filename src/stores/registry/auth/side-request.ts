import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "../endpoint.ts";
import { StoreError } from "../../store-error.ts";
import { ERROR_BODY_CAP } from "../http/error-words.ts";
import { Exchange } from "../http/exchange.ts";
import { networkFault, type NetworkFault } from "../http/network-fault.ts";
import type { Pools } from "../http/pool.ts";
import { retryAfter } from "../limits/retry-after.ts";

/** A request of the login itself, to a token service or the registry's `/v2/`; redirects are never followed. */
export interface SideRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface SideResponse {
  readonly status: number;
  readonly body: string;
  /** The lines of WWW-Authenticate. */
  readonly challenges: readonly string[];
}

export type SendSideRequest = (request: SideRequest) => Promise<SideResponse>;

const TRIES = 4;
const LONGEST_WAIT_MS = 60_000;
const CONNECTIONS = 4;
const BODY_CAP = 4 * ERROR_BODY_CAP;

export interface SideRoad {
  readonly pools: Pools;
  readonly endpoint: Endpoint;
  /** Milliseconds before the second try, doubled each time, with jitter. */
  readonly backoffMs: number;
}

/** Makes the function that sends them: with retries, without redirects, and with no signal, for many share the answer. */
export function sideRequests(road: SideRoad): SendSideRequest {
  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await sendOnce(request, road);
      const wait = answer.retryIn ?? road.backoffMs * 2 ** (tries - 1) * (0.5 + Math.random());
      const again = answer.passing && tries < TRIES && wait <= LONGEST_WAIT_MS;
      if (!again && "error" in answer) throw answer.error;
      if (!again && "response" in answer) return answer.response;
      await sleep(wait);
    }
  };
}

type Once = { readonly passing: boolean; readonly retryIn?: number | undefined } & (
  | { readonly response: SideResponse }
  | { readonly error: Error }
);

async function sendOnce(request: SideRequest, { pools, endpoint }: SideRoad): Promise<Once> {
  const { url } = request;
  let fault: NetworkFault | undefined;
  const exchange = new Exchange({
    origin: url.origin,
    path: url.pathname + url.search,
    tooLarge: (cap) => sideError(url, endpoint, { clause: `answered more than ${cap} bytes` }),
    fault: (error) => {
      fault = networkFault(error);
      return sideError(url, endpoint, fault);
    },
  });
  try {
    const pool = pools.at(url.origin, { connections: CONNECTIONS, caFile: endpoint.caFile });
    await exchange.send(pool, {
      path: url.pathname + url.search,
      method: request.method,
      reset: false,
      headers: { "user-agent": "waybill", ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const { status } = exchange;
    const body = Buffer.from(await exchange.bytes(BODY_CAP)).toString("utf8");
    const retryIn = retryAfter(exchange.header("retry-after"), Date.now());
    const challenges = exchange.headerLines("www-authenticate");
    return {
      response: { status, body, challenges },
      passing: status === 429 || status >= 500,
      retryIn,
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error, passing: fault?.lasts === "moment" };
  }
}

function sideError(
  url: URL,
  endpoint: Endpoint,
  fault: Partial<NetworkFault> & { readonly clause: string },
): StoreError {
  return new StoreError({
    code: fault.code ?? "invalid-answer",
    message:
      url.host === endpoint.host
        ? `${url.host}, asked how to log in, ${fault.clause}`
        : `the token service ${url.host} of ${endpoint.canonical} ${fault.clause}`,
    hint: fault.hint,
    retryable: fault.lasts === "moment",
  });
}
