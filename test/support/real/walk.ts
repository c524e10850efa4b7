import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A repository as somebody else than waybill reads it, over HTTP or from its files. */
export interface Reader {
  tags(): Promise<ReadonlyMap<string, string>>;
  /** The bytes of a manifest; undefined where there is none. */
  manifest(digest: string): Promise<Buffer | undefined>;
  /** Digests of what refers to a digest, where an API says it. */
  referrers(digest: string): Promise<readonly string[]>;
  hasBlob(digest: string): Promise<boolean>;
}

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Reads `HOST/PATH` of a registry without a login. */
export function registryReader(repository: string): Reader {
  const [host = "", ...path] = repository.split("/");
  const base = `http://${host}/v2/${path.join("/")}`;
  async function get(target: string): Promise<Response> {
    return fetch(`${base}/${target}`, { headers: { accept: ACCEPT } });
  }
  return {
    async tags() {
      const answer = await get("tags/list");
      const found: unknown = answer.ok ? await answer.json() : {};
      const tags = new Map<string, string>();
      for (const tag of stringsAt(found, "tags")) {
        const bytes = Buffer.from(await (await get(`manifests/${tag}`)).arrayBuffer());
        tags.set(tag, sha256(bytes));
      }
      return tags;
    },
    async manifest(digest) {
      const answer = await get(`manifests/${digest}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      return answer.ok ? bytes : undefined;
    },
    async referrers(digest) {
      const answer = await get(`referrers/${digest}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      return answer.ok ? digestsIn(bytes, ["manifests"]) : [];
    },
    async hasBlob(digest) {
      return (await fetch(`${base}/blobs/${digest}`, { method: "HEAD" })).ok;
    },
  };
}

/** Reads the files of a layout. */
export function layoutReader(folder: string): Reader {
  async function blob(digest: string): Promise<Buffer | undefined> {
    return readFile(join(folder, "blobs", ...digest.split(":"))).catch(() => undefined);
  }
  return {
    async tags() {
      const index = await readFile(join(folder, "index.json")).catch(() => Buffer.from("{}"));
      const tags = new Map<string, string>();
      for (const entry of entriesAt(JSON.parse(index.toString("utf8")), "manifests")) {
        const tag = textAt(Object(entry)["annotations"], "org.opencontainers.image.ref.name");
        if (tag !== undefined) tags.set(tag, textAt(entry, "digest") ?? "");
      }
      return tags;
    },
    manifest: blob,
    referrers: async () => Promise.resolve([]),
    hasBlob: async (digest) => (await blob(digest)) !== undefined,
  };
}

/** What a walk of a repository found: its tags, every manifest's bytes, and every blob that they name. */
export interface Walked {
  readonly tags: ReadonlyMap<string, string>;
  /** Save the lists of referrers under fallback tags, which each store keeps in its own way. */
  readonly manifests: ReadonlyMap<string, Buffer>;
  readonly blobs: ReadonlySet<string>;
}

const FALLBACK = /^sha256-[0-9a-f]{64}$/u;

/** Walks a repository from its tags: children, referrers, and what refers to those; all bytes must be what their digest says. */
export async function walk(reader: Reader): Promise<Walked> {
  const tags = await reader.tags();
  const manifests = new Map<string, Buffer>();
  const blobs = new Set<string>();
  const lists = new Set([...tags].flatMap(([tag, digest]) => (FALLBACK.test(tag) ? [digest] : [])));
  const ahead = [...tags.values()];
  for (let digest = ahead.pop(); digest !== undefined; digest = ahead.pop()) {
    if (manifests.has(digest)) continue;
    const bytes = await reader.manifest(digest);
    if (bytes === undefined) throw new Error(`${digest} is not there`);
    if (sha256(bytes) !== digest) throw new Error(`${digest} is ${sha256(bytes)}`);
    manifests.set(digest, bytes);
    ahead.push(...digestsIn(bytes, ["manifests"]), ...(await reader.referrers(digest)));
    for (const blob of digestsIn(bytes, ["config", "layers"])) blobs.add(blob);
  }
  for (const list of lists) manifests.delete(list);
  return { tags, manifests, blobs };
}

/** Everything that a walk of the source found and that is not the same in the target, one line each. */
export async function differences(source: Walked, target: Reader): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [digest, bytes] of source.manifests) {
    const copy = await target.manifest(digest);
    if (copy === undefined) found.push(`manifest ${digest} is missing`);
    else if (!copy.equals(bytes)) found.push(`manifest ${digest} has other bytes`);
  }
  for (const blob of source.blobs)
    if (!(await target.hasBlob(blob))) found.push(`blob ${blob} is missing`);
  return found;
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function digestsIn(bytes: Buffer, keys: readonly string[]): readonly string[] {
  const document: unknown = JSON.parse(bytes.toString("utf8"));
  return keys
    .flatMap((key) => entriesAt(document, key))
    .flatMap((entry) => textAt(entry, "digest") ?? []);
}

function entriesAt(value: unknown, key: string): readonly unknown[] {
  const found: unknown = Object(value)[key];
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
}

function stringsAt(value: unknown, key: string): readonly string[] {
  return entriesAt(value, key).filter((item) => typeof item === "string");
}

function textAt(value: unknown, key: string): string | undefined {
  const found: unknown = Object(value)[key];
  return typeof found === "string" ? found : undefined;
}
