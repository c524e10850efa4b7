import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startServer } from "./background.ts";
import type { Bench } from "./bench.ts";
import { BenchError } from "./bench-error.ts";
import { freePort, untilAnswered } from "./loopback.ts";
import { commit } from "./promotions.ts";
import { isRecord } from "./push.ts";
import type { Traffic } from "./registry-log.ts";
import { ROOT } from "./waybill.ts";

/** Sizes and behaviour, as the script's own flags. */
export interface UniverseFlags {
  /** Given to `files` and to `serve`. */
  readonly sizes: readonly string[];
  /** Given to `serve` only. */
  readonly behaviour?: readonly string[];
}

/** What the script says of a universe. */
export interface UniverseFacts {
  readonly repos: number;
  readonly digests: number;
  readonly destinations: number;
  readonly listings: number;
  readonly edges: number;
  readonly missingDigests: number;
  /** Over all destinations. */
  readonly missingTags: number;
}

/** A universe that is served, and the folder that says what should be in it. */
export interface Universe extends AsyncDisposable {
  readonly folder: string;
  readonly facts: UniverseFacts;
  /** What its registries were asked so far. */
  traffic(): Promise<Traffic>;
}

/** Where the script is: `WAYBILL_UNIVERSE`, else beside the checkout; undefined where it is not. */
export async function findUniverseScript(): Promise<string | undefined> {
  const path = resolve(
    process.env["WAYBILL_UNIVERSE"] ?? join(ROOT, "..", "shared", "bench", "universe.mjs"),
  );
  return access(path).then(
    () => path,
    () => undefined,
  );
}

/** Writes a universe's manifests, commits them, and serves its registries on one loopback port. */
export async function openUniverse(bench: Bench, flags: UniverseFlags): Promise<Universe> {
  const script = bench.universeScript;
  if (script === undefined) throw new BenchError("the universe script is not to be found");
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const folder = await bench.workshop.folder("universe");
  const files = [script, "files", folder, "--src", host, "--dst", host, ...flags.sizes];
  const { stdout } = await promisify(execFile)(process.execPath, files, {
    timeout: 120_000,
    signal: bench.signal,
  });
  await commit(folder, "promote everything");
  const serve = [script, "serve", String(port), ...flags.sizes, ...(flags.behaviour ?? [])];
  const logs = await bench.workshop.folder("universe-log");
  const argv = [process.execPath, ...serve];
  const server = await startServer({ argv, logFile: join(logs, "log"), folder: logs });
  const stats = `http://${host}/_stats`;
  await untilAnswered(stats, bench.signal);
  return {
    folder,
    facts: factsOf(stdout),
    traffic: async () => trafficOf(await (await fetch(stats)).json()),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

function factsOf(text: string): UniverseFacts {
  const said: unknown = JSON.parse(text);
  function number(key: keyof UniverseFacts): number {
    const value = isRecord(said) ? said[key] : undefined;
    if (typeof value !== "number") throw new BenchError(`the universe script says no ${key}`);
    return value;
  }
  return {
    repos: number("repos"),
    digests: number("digests"),
    destinations: number("destinations"),
    listings: number("listings"),
    edges: number("edges"),
    missingDigests: number("missingDigests"),
    missingTags: number("missingTags"),
  };
}

function trafficOf(stats: unknown): Traffic {
  if (!isRecord(stats)) throw new BenchError("the universe's counts cannot be read");
  const kinds = Object.entries(isRecord(stats["kinds"]) ? stats["kinds"] : {});
  return {
    requests: Number(stats["requests"]),
    connections: Number(stats["connections"]),
    kinds: new Map(kinds.map(([kind, count]) => [kind, Number(count)])),
  };
}

/** What was asked between two looks. */
export function trafficBetween(before: Traffic, after: Traffic): Traffic {
  const kinds = [...after.kinds].map(
    ([kind, count]) => [kind, count - (before.kinds.get(kind) ?? 0)] as const,
  );
  return {
    requests: after.requests - before.requests,
    // The second look may have needed a connection of its own, or used the first one's.
    connections: after.connections - before.connections,
    kinds: new Map(kinds.filter(([, count]) => count > 0)),
  };
}
