import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import {
  evidenceTag,
  fallbackIndex,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
} from "../support/images.ts";
import { waybillHere, type Printed } from "../support/real/in-process.ts";
import type { Ended } from "../support/real/program.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import { startRegistry, type Registry, type RegistryOptions } from "../support/registry/index.ts";

/** What is promoted: an index of two images with a signature under a tag and an SBOM as a referrer, under two tags. */
export const WEB: ReturnType<typeof multiArch> = multiArch(["amd64", "arm64"], { seed: "killed" });

/** The host of the source, as the promotion knows it. */
export const SOURCE = "registry.example.com";
/** The host of the site, as the promotion knows it. */
export const TARGET = "oslo.example.com";
const FROM = "builds/web";
const TO = "prod/web";

/** A promotions repository whose promotion is run again and again, each time from the same start. */
export function openPromotion(store: string = TARGET): Promise<PromotionsRepository> {
  return promotionsRepository({
    sites: { oslo: store },
    channels: {
      prod: {
        to: "prod/{name}",
        sites: { require: ["oslo"] },
        tags: { moving: { stable: "newest-stable" } },
      },
    },
    artifacts: [
      {
        id: "shop/web",
        source: `${SOURCE}/${FROM}`,
        versions: [{ version: "v1.0.0", digest: WEB.digest, channels: ["prod"] }],
      },
    ],
  });
}

/** Puts what is promoted into a double, without requests; the list of referrers too, where it has no API for that. */
export function fill(source: Registry, options: RegistryOptions = {}): void {
  const from = source.repository(FROM);
  const list = fallbackIndex(WEB, [sbomFor(WEB)]);
  if (options.referrers !== undefined && options.referrers !== "api")
    from.putManifest(list.index.bytes, list.index.mediaType, [list.tag]);
  seed(from, WEB, ["v1.0.0"]);
  seed(from, signatureFor(WEB), [evidenceTag(WEB.digest)]);
  seed(from, sbomFor(WEB));
}

/** How far a run was let go. */
export interface Kill {
  /** The request before whose answer the process is killed, counted over both hosts from 1. */
  readonly request: number;
  /** Milliseconds that it lives on after that. */
  readonly afterMs?: number;
}

/** A run that was killed, and the next one. */
export interface Killed {
  readonly source: Registry;
  readonly target: Registry;
  readonly first: Ended;
  /** Requests of the first run, to both hosts. */
  readonly asked: number;
  /** Blobs that the target had when the process was gone. */
  readonly committed: ReadonlySet<string>;
  readonly second: Printed;
  /** Requests to the target by the second run. */
  readonly sent: Registry["requests"];
  readonly deep: Printed;
}

/** Runs the promotion between two fresh doubles, kills it, runs it once more, and looks deeply; the caller closes both. */
export async function killAndRunAgain(
  repository: PromotionsRepository,
  kill: Kill,
  options: RegistryOptions = {},
): Promise<Killed & AsyncDisposable> {
  const held = new AsyncDisposableStack();
  const source = held.use(await startRegistry(options));
  const target = held.use(await startRegistry(options));
  fill(source, options);
  const hosts = await hostsFile(repository, { [SOURCE]: source.host, [TARGET]: target.host });
  const apply = ["apply", "--yes", "--registries", hosts];
  const process = repository.start(apply);
  killAt(process, [source, target], kill);
  const first = await process.ended;
  const committed = new Set(target.repository(TO).blobs.keys());
  const before = target.requests.length;
  const asked = before + source.requests.length;
  const second = await waybillHere(repository.root, apply);
  const sent = target.requests.slice(before);
  const plan = ["plan", "--deep", "--detailed-exitcode", "--registries", hosts];
  const deep = await waybillHere(repository.root, plan);
  return {
    source,
    target,
    first,
    asked,
    committed,
    second,
    sent,
    deep,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Kills a process as a crash would when so many requests have come; the last of them waits until it is gone. */
export function killAt(
  { child, ended }: ReturnType<PromotionsRepository["start"]>,
  hosts: readonly { onRequest(hook: () => Promise<void>): void }[],
  { request, afterMs = 0 }: Kill,
): void {
  let seen = 0;
  async function onRequest(): Promise<void> {
    seen += 1;
    if (seen !== request) return;
    if (afterMs > 0) {
      setTimeout(() => child.kill("SIGKILL"), afterMs);
      return;
    }
    child.kill("SIGKILL");
    await ended;
  }
  for (const host of hosts) host.onRequest(onRequest);
}

/** A file of hosts for `--registries`, so that each run has hosts of its own without a commit of its own. */
export async function hostsFile(
  repository: PromotionsRepository,
  hosts: Readonly<Record<string, string>>,
): Promise<string> {
  const entries = Object.entries(hosts).map(
    ([name, host]) => [name, { endpoint: `http://${host}` }] as const,
  );
  const path = repository.path(
    `hosts-${Object.values(hosts)
      .join("-")
      .replaceAll(/[^a-z0-9]/gu, "-")}.yaml`,
  );
  const document = {
    apiVersion: "waybill.dev/v1",
    kind: "Registries",
    hosts: Object.fromEntries(entries),
  };
  await writeFile(path, stringify(document));
  return path;
}

/** Everything that is wrong after a kill and one more run, one sentence each. */
export function flawsOf(killed: Killed): readonly string[] {
  const { source, target, committed, second, sent, deep } = killed;
  const from = source.repository(FROM);
  const to = target.repository(TO);
  const again = sent.filter(
    ({ kind, method, query, bytesIn }) =>
      kind === "upload" &&
      method === "PUT" &&
      bytesIn > 0 &&
      committed.has(query.get("digest") ?? ""),
  );
  const list = fallbackIndex(WEB, [sbomFor(WEB)]);
  const tags = [...from.tags, ["stable", WEB.digest] as const].filter(([tag]) => tag !== list.tag);
  return [
    ...(second.code === 0
      ? []
      : [`the next run exits ${second.code}: ${second.stdout}${second.stderr}`]),
    ...(deep.code === 0 ? [] : [`a deep plan is not empty: ${deep.stdout}`]),
    ...[...from.manifests.values()]
      .filter(({ digest }) => digest !== list.index.digest)
      .filter(({ digest, bytes }) => to.manifests.get(digest)?.bytes.equals(bytes) !== true)
      .map(({ digest }) => `manifest ${digest} is not there as it was`),
    ...[...from.blobs]
      .filter(([digest, bytes]) => to.blobs.get(digest)?.equals(bytes) !== true)
      .map(([digest]) => `blob ${digest} is not there as it was`),
    ...tags
      .filter(([tag, digest]) => to.tags.get(tag) !== digest)
      .map(([tag]) => `the tag ${tag} is not there`),
    ...again.map(({ query }) => `${query.get("digest")} was there and was sent again`),
    ...source.requests
      .filter(({ method }) => method !== "GET" && method !== "HEAD")
      .map(({ method, path }) => `004-09 the source was asked to ${method} ${path}`),
  ];
}
