import type { Repository } from "#model";
import { openCredentials, type CredentialBook } from "./auth/credentials.ts";
import { HostAuth } from "./auth/host-auth.ts";
import { askForToken } from "./auth/token.ts";
import { sideRequests, type SendSideRequest } from "./auth/side-request.ts";
import type { RegistryAnswer, RegistryCall, RegistryTransport } from "./call.ts";
import { carryOut } from "./carry-out.ts";
import { endpointOf, type Endpoint } from "./endpoint.ts";
import { interruptedError, overdueError } from "./http/call-errors.ts";
import { foreignText } from "./http/foreign-text.ts";
import { Interrupt, onAbort } from "./http/interrupt.ts";
import { DEFAULT_CONNECTIONS, Pools, TIMEOUTS } from "./http/pool.ts";
import type { Line } from "./journey.ts";
import { Lanes, type Lane } from "./limits/lanes.ts";
import { Pace } from "./limits/pace.ts";
import { Patience } from "./limits/patience.ts";
import { RETRY_RULES, type TransportSettings } from "./transport-settings.ts";

const SWEEP_MS = 1_000;
const MAX_WARNINGS = 100;

/** Opens the road to every registry of a run; nothing is read or connected before the first call. */
export function openTransport(settings: TransportSettings): RegistryTransport {
  return new Transport(settings);
}

function now(): number {
  return performance.now();
}

class Transport implements RegistryTransport {
  readonly #settings: TransportSettings;
  readonly #pools: Pools;
  readonly #credentials: CredentialBook;
  readonly #lines = new Map<string, Line>();
  readonly #byOrigin = new Map<string, Line>();
  readonly #live = new Map<Interrupt, RegistryCall>();
  readonly #warnings = new Set<string>();
  #sweep: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
    const { certificates, env } = settings;
    this.#pools = new Pools({ ...TIMEOUTS, ...settings.timeouts }, certificates, env);
    this.#credentials = openCredentials(settings.env, now);
  }

  call(request: RegistryCall, signal: AbortSignal): Promise<RegistryAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.#closed) {
        reject(interruptedError(request));
        return;
      }
      const line = this.#lineOf(request.repository);
      const interrupt = new Interrupt(reject);
      const lane = laneOf(request);
      const off = onAbort(signal, () => interrupt.stop(interruptedError(request)));
      this.#watch(interrupt, request);
      line.lanes.add(lane, async () => {
        if (interrupt.error === undefined)
          await carryOut({ line, request, lane, interrupt }).then((exchange) => {
            resolve(exchange);
            return exchange.finished();
          }, reject);
        off();
        this.#live.delete(interrupt);
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const [interrupt, request] of this.#live) interrupt.stop(interruptedError(request));
    this.#live.clear();
    for (const line of this.#byOrigin.values()) {
      line.lanes.clear();
      line.pace.close();
    }
    await this.#pools.close();
  }

  /** One timer for the deadlines of all calls. */
  #watch(interrupt: Interrupt, request: RegistryCall): void {
    this.#live.set(interrupt, request);
    this.#sweep ??= setInterval(() => this.#stopOverdue(), SWEEP_MS).unref();
  }

  #stopOverdue(): void {
    const time = now();
    for (const [interrupt, request] of this.#live)
      if (interrupt.deadline < time) interrupt.stop(overdueError(request));
  }

  #lineOf(repository: Repository): Line {
    const slash = repository.indexOf("/");
    const host = slash < 0 ? repository : repository.slice(0, slash);
    const known = this.#lines.get(host);
    if (known !== undefined) return known;
    const endpoint = endpointOf(host, this.#settings.hosts, this.#settings.root);
    const line = this.#byOrigin.get(endpoint.origin) ?? this.#open(endpoint);
    this.#byOrigin.set(endpoint.origin, line);
    this.#lines.set(host, line);
    return line;
  }

  #open(endpoint: Endpoint): Line {
    const rules = { ...RETRY_RULES, ...this.#settings.retry };
    const send = sideRequests({ pools: this.#pools, endpoint, backoffMs: rules.backoffMs });
    return {
      endpoint,
      pools: this.#pools,
      auth: new HostAuth({
        endpoint,
        credentials: this.#credentials,
        ask: (wish) => askForToken(wish, send, now),
        ping: () => ping(endpoint, send),
        now,
      }),
      lanes: new Lanes(endpoint.maxConcurrency ?? DEFAULT_CONNECTIONS, now),
      pace: new Pace({ ceiling: endpoint.requestsPerSecond, now }),
      patience: new Patience(now),
      rules,
      now,
      warn: (text) => this.#warn(endpoint.canonical, text),
      meeting: "due",
    };
  }

  /** Shows each warning once and acts on none (distribution-spec, Warnings). */
  #warn(host: string, header: string): void {
    const text = /^299 - "((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
    const key = `${host} ${text}`;
    if (text === undefined || this.#warnings.has(key) || this.#warnings.size >= MAX_WARNINGS)
      return;
    this.#warnings.add(key);
    this.#settings.onWarning?.(host, foreignText(text.replaceAll(/\\(.)/g, "$1")));
  }
}

/** Asks the registry's root how to log in (distribution-spec, end-1). */
async function ping(endpoint: Endpoint, send: SendSideRequest): Promise<readonly string[]> {
  const url = new URL(`${endpoint.origin}/v2/`);
  return (await send({ url, method: "GET", headers: {}, body: undefined })).challenges;
}

function laneOf({ lane, method }: RegistryCall): Lane {
  if (lane === "metadata") return "metadata";
  return method === "GET" || method === "HEAD" ? "reads" : "writes";
}
