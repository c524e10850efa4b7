import type { FaultRow } from "../row.ts";

const PUSH = { kind: "upload", method: "POST" } as const;

/** Hosts that have too much to do. */
export const RATES: readonly FaultRow[] = [
  {
    what: "the target answers 429 once, `Retry-After: 1`",
    arrange: ({ target }) =>
      void target.fault({
        match: PUSH,
        do: { kind: "answer", status: 429, headers: { "Retry-After": "1" } },
      }),
    code: 0,
  },
  {
    what: "the target answers 429 once, `Retry-After` a date that has passed",
    arrange: ({ target }) =>
      void target.fault({
        match: PUSH,
        do: {
          kind: "answer",
          status: 429,
          headers: { "Retry-After": "Sat, 21 Nov 2015 12:00:00 GMT" },
        },
      }),
    code: 0,
  },
  {
    what: "the target answers 429 and wants us to wait an hour",
    arrange: ({ target }) =>
      void target.fault({
        match: { ...PUSH, times: Infinity },
        do: { kind: "answer", status: 429, headers: { "Retry-After": "3600" } },
      }),
    code: 1,
    says: "it wants us to wait 3600 s",
  },
  {
    what: "the target answers 503 once, then works",
    arrange: ({ target }) =>
      void target.fault({ match: PUSH, do: { kind: "answer", status: 503 } }),
    code: 0,
  },
  {
    what: "the source answers 503 to every blob",
    arrange: ({ source }) =>
      void source.fault({
        match: { kind: "blob", times: Infinity },
        do: { kind: "answer", status: 503, headers: { "Retry-After": "0" } },
      }),
    code: 1,
    says: "answered 503",
  },
];
