import type { IncomingMessage } from "node:http";
import type { Fault } from "./fault.ts";
import { readRoute, type RequestKind } from "./route.ts";

/** Which of the double's listeners a request came to. */
export type ListenerName = "blobs" | "registry" | "token";

/** One request the double received; filled in as it is answered. */
export interface RequestRecord {
  readonly index: number;
  readonly listener: ListenerName;
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: RequestKind;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
  /** Number of the TCP connection on its listener, from 1. */
  readonly connection: number;
  /** 0 until answered, and where the connection was dropped first. */
  status: number;
  bytesIn: number;
  /** Body bytes written. */
  bytesOut: number;
  fault: Fault["kind"] | undefined;
  /** The answer is complete, or the connection is gone. */
  finished: boolean;
}

/** What a filter can ask of a request; every field given must hold. */
export interface RequestFilter {
  readonly method?: string;
  readonly kind?: RequestKind;
  readonly listener?: ListenerName;
  readonly repository?: string;
  readonly reference?: string;
  readonly path?: RegExp;
  readonly query?: RegExp;
  readonly status?: number;
}

/** Whether a record fits a filter. */
export function fits(record: RequestRecord, filter: RequestFilter): boolean {
  return (
    (filter.method === undefined || filter.method === record.method) &&
    (filter.kind === undefined || filter.kind === record.kind) &&
    (filter.listener === undefined || filter.listener === record.listener) &&
    (filter.repository === undefined || filter.repository === record.repository) &&
    (filter.reference === undefined || filter.reference === record.reference) &&
    (filter.status === undefined || filter.status === record.status) &&
    (filter.path === undefined || filter.path.test(record.path)) &&
    (filter.query === undefined || filter.query.test(record.query.toString()))
  );
}

function flatten(request: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(request.headersDistinct);
  return Object.fromEntries(pairs.map(([name, values]) => [name, (values ?? []).join(", ")]));
}

/** Makes the record of a request that just came in. */
export function recordOf(
  request: IncomingMessage,
  place: { index: number; listener: ListenerName; connection: number },
): RequestRecord {
  const url = new URL(request.url ?? "/", "http://double.invalid");
  const path = decodeURIComponent(url.pathname);
  const route = readRoute(path);
  return {
    ...place,
    method: request.method ?? "GET",
    path,
    query: url.searchParams,
    headers: flatten(request),
    ...route,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
    fault: undefined,
    finished: false,
  };
}
