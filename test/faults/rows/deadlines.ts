import { expect } from "vitest";
import type { FaultRow } from "../row.ts";
import { applyWithShortDeadlines } from "../deadlines.ts";

const GET = { kind: "blob", method: "GET", times: Infinity } as const;
const PUT = { kind: "upload", method: "PUT", times: Infinity } as const;

/** Hosts that keep us waiting. */
export const DEADLINES: readonly FaultRow[] = [
  {
    what: "every blob of the source stops in the middle",
    arrange: ({ source }) => void source.fault({ match: GET, do: { kind: "stall", after: 50 } }),
    run: applyWithShortDeadlines,
    code: 1,
    says: "stopped in the middle of its answer",
  },
  {
    what: "one blob of the source stops in the middle, once",
    arrange: ({ source }) =>
      void source.fault({ match: { ...GET, times: 1 }, do: { kind: "stall", after: 50 } }),
    run: applyWithShortDeadlines,
    code: 0,
  },
  {
    what: "the source's blobs come slowly, byte by byte, and do not stop",
    arrange: ({ source }) =>
      void source.fault({ match: GET, do: { kind: "slow", bytesPerSecond: 4000 } }),
    run: applyWithShortDeadlines,
    code: 0,
  },
  {
    what: "the target takes an upload and does not answer",
    arrange: ({ target }) => void target.fault({ match: PUT, do: { kind: "hang" } }),
    run: applyWithShortDeadlines,
    code: 1,
    says: "took the request and did not answer in time",
    check: ({ target }) => expect(target.repository("prod/api").tags.has("v1.0.0")).toBe(false),
  },
  {
    what: "the target does not answer at all",
    arrange: ({ target }) =>
      void target.fault({ match: { times: Infinity }, do: { kind: "hang" } }),
    run: applyWithShortDeadlines,
    code: 1,
    says: "took the request and did not answer in time",
  },
];
