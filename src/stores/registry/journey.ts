import type { HostAuth, Need } from "./auth/host-auth.ts";
import type { RegistryCall } from "./call.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./http/exchange.ts";
import type { Interrupt } from "./http/interrupt.ts";
import type { Pools } from "./http/pool.ts";
import type { Lane, Lanes } from "./limits/lanes.ts";
import type { Pace } from "./limits/pace.ts";
import type { Patience } from "./limits/patience.ts";
import type { RetryRules } from "./transport-settings.ts";

/** Everything that the calls to one host share. */
export interface Line {
  readonly endpoint: Endpoint;
  readonly pools: Pools;
  readonly auth: HostAuth;
  readonly lanes: Lanes;
  readonly pace: Pace;
  readonly patience: Patience;
  readonly rules: RetryRules;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Told each Warning header. */
  readonly warn: (text: string) => void;
  /** Until the host's first answer one call goes alone: what it learns of logging in spares the others a 401 each. */
  meeting: "due" | "over" | Promise<void>;
}

/** One call on its way, and what became of its tries so far. */
export interface Journey {
  readonly line: Line;
  readonly request: RegistryCall;
  readonly lane: Lane;
  readonly need: Need;
  readonly interrupt: Interrupt;
  /** Tries that the host failed or may have carried out. */
  tries: number;
  /** Tries that the host refused for their rate. */
  refusals: number;
  /** Tries that taught us how to log in. */
  lessons: number;
  /** When the first try failed. */
  failedAt: number | undefined;
  /** What the last lesson taught to send. */
  authorization: string | undefined;
}

/** What to do after a try. */
export type Next =
  | { readonly kind: "done"; readonly exchange: Exchange }
  | { readonly kind: "again"; readonly afterMs: number }
  | { readonly kind: "failed"; readonly error: Error };

/** What a journey starts with. */
export type Departure = Pick<Journey, "line" | "request" | "lane" | "interrupt">;

/** Begins a journey. */
export function depart(departure: Departure): Journey {
  const { repository, scopes, login } = departure.request;
  const path = repository.slice(repository.indexOf("/") + 1);
  return {
    ...departure,
    need: { path, scopes, direct: login === "direct" },
    tries: 0,
    refusals: 0,
    lessons: 0,
    failedAt: undefined,
    authorization: undefined,
  };
}
