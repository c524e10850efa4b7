import { fits, type RequestFilter, type RequestRecord } from "./log.ts";

/** One way for a request to go wrong, as data. */
export type Fault =
  /** This answer instead; the request has no effect. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** The true answer, `ms` later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The true answer's headers and `after` bytes of its body, then nothing; the connection stays. */
  | { readonly kind: "stall"; readonly after?: number }
  /** No answer at all; the connection stays. */
  | { readonly kind: "hang" }
  /** The true headers and `after` bytes of the body, then the connection is cut. */
  | { readonly kind: "truncate"; readonly after: number }
  /** A whole answer of fewer bytes, with a Content-Length that says so. */
  | { readonly kind: "shorten"; readonly to: number }
  /** A whole answer with extra bytes at its end. */
  | { readonly kind: "lengthen"; readonly by: number }
  /** One byte flipped, by default the last. */
  | { readonly kind: "corrupt"; readonly at?: number }
  /** Headers of the true answer replaced; undefined takes one away. */
  | { readonly kind: "headers"; readonly set: Readonly<Record<string, string | undefined>> }
  /** Another body under the true status. */
  | {
      readonly kind: "body";
      readonly bytes: string | Uint8Array;
      readonly contentType?: string;
    }
  /** The connection is cut before anything is done. */
  | { readonly kind: "drop" }
  /** The request is carried out, and then the connection is cut: a lost answer. */
  | { readonly kind: "drop-after" }
  /** Only `keep` bytes of the request's body arrive; then a 416, this status, or a cut connection. */
  | { readonly kind: "partial"; readonly keep: number; readonly outcome: "drop" | number }
  /** The whole registry goes away: this connection, every other, and the port. */
  | { readonly kind: "die" }
  /** The true answer, at this rate. */
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  /** Runs first and is awaited; then the true answer. */
  | { readonly kind: "call"; readonly run: (request: RequestRecord) => Promise<void> | void };

/** Which requests a fault meets. */
export interface FaultMatch extends Omit<RequestFilter, "status"> {
  /** The first of the matching requests to fail, from 1; the first by default. */
  readonly nth?: number;
  /** How many matching requests fail from there on; one by default, `Infinity` for all. */
  readonly times?: number;
}

/** A fault laid in wait. */
export interface FaultPlan {
  readonly match: FaultMatch;
  readonly do: Fault;
}

/** The handle of a fault laid. */
export interface LaidFault {
  /** How many requests it has met. */
  readonly met: number;
  /** Takes it away. */
  remove(): void;
}

interface Trap {
  readonly plan: FaultPlan;
  seen: number;
  met: number;
}

/** The faults in wait, met in the order they were laid; one request meets at most one. */
export class Faults {
  readonly #traps: Trap[] = [];

  /** Lays a fault. */
  lay(plan: FaultPlan): LaidFault {
    const trap: Trap = { plan, seen: 0, met: 0 };
    this.#traps.push(trap);
    return {
      get met(): number {
        return trap.met;
      },
      remove: () => {
        const at = this.#traps.indexOf(trap);
        if (at >= 0) {
          this.#traps.splice(at, 1);
        }
      },
    };
  }

  /** Takes all away. */
  clear(): void {
    this.#traps.length = 0;
  }

  /** The fault this request meets; every fault counts the requests it matches. */
  meet(record: RequestRecord): Fault | undefined {
    let met: Fault | undefined;
    for (const trap of this.#traps) {
      if (!fits(record, trap.plan.match)) {
        continue;
      }
      trap.seen += 1;
      const { nth = 1, times = 1 } = trap.plan.match;
      if (met === undefined && trap.seen >= nth && trap.met < times) {
        trap.met += 1;
        met = trap.plan.do;
      }
    }
    return met;
  }
}
