import type { Endpoint } from "../endpoint.ts";
import { DEFAULT_CONNECTIONS, type Pools } from "./pool.ts";
import { StoreError } from "../../store-error.ts";
import type { RegistryCall } from "../call.ts";
import { misledError, networkError, tooLargeError } from "./call-errors.ts";
import { Exchange, type WireRequest } from "./exchange.ts";
import type { Interrupt } from "./interrupt.ts";
import { networkFault, type NetworkFault } from "./network-fault.ts";
import { openBody, type OutgoingBody } from "./outgoing-body.ts";
import { redirectTarget, targetOf, type Target } from "./target.ts";

const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const USER_AGENT = "waybill";

/** One try of a call. */
export interface Try {
  readonly request: RegistryCall;
  readonly endpoint: Endpoint;
  readonly pools: Pools;
  readonly interrupt: Interrupt;
  readonly authorization: string | undefined;
}

/** How a try ended: with an answer, or without one. */
export type Sent =
  | { readonly kind: "answered"; readonly exchange: Exchange; readonly home: boolean }
  | { readonly kind: "failed"; readonly error: Error; readonly fault: NetworkFault | undefined };

/** Sends one try, following redirects of GET and HEAD without ever taking credentials along. Never rejects for the network. */
export async function sendTry(attempt: Try): Promise<Sent> {
  const { request, endpoint } = attempt;
  let target = targetOf(request.target, endpoint);
  for (let hops = 0; typeof target !== "string"; hops += 1) {
    const sent = await sendTo(target, attempt);
    if (sent.kind === "failed" || !isRedirect(sent.exchange, request)) return sent;
    if (hops === MAX_REDIRECTS) return misled(attempt, "in circles", sent.exchange);
    const location: string = sent.exchange.header("location") ?? "";
    const next: Target | string = redirectTarget(location, target, endpoint);
    if (typeof next === "string") return misled(attempt, next, sent.exchange);
    await sent.exchange.discard();
    target = next;
  }
  return misled(attempt, target, undefined);
}

function isRedirect(exchange: Exchange, request: RegistryCall): boolean {
  return REDIRECTS.has(exchange.status) && (request.method === "GET" || request.method === "HEAD");
}

function misled({ request, endpoint }: Try, where: string, exchange: Exchange | undefined): Sent {
  const error = misledError(request, endpoint.host, where);
  exchange?.abort(error);
  return { kind: "failed", error, fault: undefined };
}

async function sendTo(target: Target, attempt: Try): Promise<Sent> {
  const { request, endpoint, pools, interrupt } = attempt;
  let fault: NetworkFault | undefined;
  const exchange = new Exchange({
    origin: target.origin,
    path: target.path,
    tooLarge: (cap) => tooLargeError(request, cap),
    fault: (error) => {
      if (error instanceof StoreError) return error;
      fault = networkFault(error);
      return networkError(request, new URL(target.origin).host, fault);
    },
  });
  let body: OutgoingBody | undefined;
  try {
    body = request.body === undefined ? undefined : await openBody(request.body);
    interrupt.use((error) => exchange.abort(error));
    const pool = pools.at(target.origin, {
      connections: Math.max(2, endpoint.maxConcurrency ?? DEFAULT_CONNECTIONS),
      caFile: endpoint.caFile,
    });
    await exchange.send(pool, optionsOf(target, attempt, body));
    return { kind: "answered", exchange, home: target.home };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    exchange.abort(error);
    return { kind: "failed", error, fault };
  } finally {
    if (body !== undefined) void exchange.finished().then(() => body?.close());
  }
}

function optionsOf(
  target: Target,
  { request, authorization }: Try,
  body: OutgoingBody | undefined,
): WireRequest {
  const headers: Record<string, string> = { "user-agent": USER_AGENT, ...request.headers };
  if (target.home && authorization !== undefined) headers["authorization"] = authorization;
  if (body !== undefined) headers["content-length"] = String(body.length);
  return {
    path: target.path,
    method: request.method,
    headers,
    // undici closes the connection after a HEAD unless told not to (research copy-engines §6).
    reset: false,
    ...(body === undefined || body.length === 0 ? {} : { body: body.content }),
  };
}
