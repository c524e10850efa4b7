import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { OWN_AGENT } from "./loopback.ts";

/** What one registry was asked. */
export interface Traffic {
  readonly requests: number;
  /** TCP connections that carried at least one request. */
  readonly connections: number;
  /** By method and kind, such as `GET manifests`. */
  readonly kinds: ReadonlyMap<string, number>;
}

/**
 * Reads distribution's two logs from one stream: the access log has every request, also those that
 * no handler took; the structured log has the client's port, and so the connections.
 */
export async function readTraffic(file: string): Promise<Traffic> {
  const kinds = new Map<string, number>();
  const peers = new Set<string>();
  let requests = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line.includes(OWN_AGENT)) continue;
    const asked = /^\S+ - - \[[^\]]*\] "(\S+) (\S+) HTTP/.exec(line);
    if (asked !== null) {
      requests += 1;
      const kind = kindOf(asked[1] ?? "", asked[2] ?? "");
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      continue;
    }
    const peer = /"http\.request\.remoteaddr":"([^"]+)"/.exec(line)?.[1];
    if (peer !== undefined) peers.add(peer);
  }
  return { requests, connections: peers.size, kinds };
}

function kindOf(method: string, path: string): string {
  const word = /\/(blobs\/uploads|blobs|manifests|tags|referrers)\//.exec(path)?.[1] ?? "other";
  return `${method} ${word}`;
}

/** Everything that several registries were asked in one run. */
export function sumTraffic(parts: readonly Traffic[]): Traffic {
  const kinds = new Map<string, number>();
  for (const part of parts) {
    for (const [kind, count] of part.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  return {
    requests: parts.reduce((sum, part) => sum + part.requests, 0),
    connections: parts.reduce((sum, part) => sum + part.connections, 0),
    kinds,
  };
}
