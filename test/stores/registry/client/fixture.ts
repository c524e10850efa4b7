import type { Descriptor, Digest, Repository } from "#model";
import { isDigest } from "#model";
import { openManifestCache } from "../../../../src/stores/manifest-cache.ts";
import { parseManifest } from "../../../../src/stores/manifest.ts";
import type {
  BlobOutcome,
  BlobSource,
  TagOutcome,
  TagWrite,
  WriteRepository,
} from "../../../../src/stores/port.ts";
import { openCapabilities } from "../../../../src/stores/registry/client/capabilities.ts";
import { openRegistryRepository } from "../../../../src/stores/registry/client/repository.ts";
import type { BuiltBlob } from "../../../support/images.ts";
import {
  startRegistry,
  type Registry,
  type RegistryOptions,
  type RequestFilter,
} from "../../../support/registry/index.ts";
import { testTransport } from "../../../support/transport.ts";

export { never } from "../../../support/transport.ts";

/** What a test may say of a repository's host. */
export interface HostSettings {
  readonly maxManifestBytes?: number;
  readonly referrers?: boolean;
}

/** A run: repositories that share a transport, what is learned, and a cache. */
export interface Run extends AsyncDisposable {
  open(registry: Registry, path: string, settings?: HostSettings): WriteRepository;
}

/** Starts a run with nothing learned yet. */
export function startRun(): Run {
  const transport = testTransport();
  const capabilities = openCapabilities();
  const cache = openManifestCache();
  return {
    open: (registry, path, settings = {}) => {
      const repository = `${registry.host}/${path}` as Repository;
      return openRegistryRepository({ repository, transport, capabilities, cache, ...settings });
    },
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** A registry and a run on it, for tests of one host. */
export interface Bench extends AsyncDisposable {
  readonly registry: Registry;
  open(path: string, settings?: HostSettings): WriteRepository;
}

/** Starts a registry and a run. */
export async function startBench(options: RegistryOptions = {}): Promise<Bench> {
  const registry = await startRegistry(options);
  const run = startRun();
  return {
    registry,
    open: (path, settings) => run.open(registry, path, settings),
    [Symbol.asyncDispose]: async () => {
      await run[Symbol.asyncDispose]();
      await registry.close();
    },
  };
}

/** A digest that a builder made. */
export function digestOfBuilt({ digest }: { readonly digest: string }): Digest {
  if (!isDigest(digest)) throw new TypeError(`not a digest: ${digest}`);
  return digest;
}

/** The descriptor of something built, as the model has it. */
export function descriptorOfBuilt(built: BuiltBlob): Descriptor {
  return { mediaType: built.mediaType, digest: digestOfBuilt(built), size: built.bytes.length };
}

/** Bytes as a stream of chunks. */
export async function* streamOf(
  bytes: Uint8Array,
  chunk: number = 16 * 1024,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

/** A source of a blob's bytes that counts how often it was opened. */
export function sourceOf(
  built: BuiltBlob,
  change: Partial<BlobSource> = {},
): BlobSource & { opened(): number } {
  let opened = 0;
  return {
    near: [],
    look: false,
    open: async () => {
      opened += 1;
      return streamOf(built.bytes);
    },
    ...change,
    opened: () => opened,
  };
}

/** Reads a stream whole. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What one copy is, in the order that apply keeps: blobs, children, the manifest under its tags. */
export interface Copy {
  readonly from: WriteRepository;
  readonly to: WriteRepository;
  readonly digest: Digest;
  readonly tags?: readonly TagWrite[];
  /** Repositories that hold the blobs already. */
  readonly near?: readonly Repository[];
  readonly look?: boolean;
}

/** Copies through the port alone. */
export async function copy(order: Copy, signal: AbortSignal): Promise<CopyOutcome> {
  const { from, to, digest, tags = [], near = [], look = false } = order;
  const manifest = await from.manifest(digest, signal);
  if (manifest === undefined) throw new TypeError(`no ${digest} in ${from.repository}`);
  const contents = parseManifest(manifest, from.repository);
  const blobs: BlobOutcome[] = [];
  for (const blob of contents.blobs) {
    const source: BlobSource = { near, look, open: () => from.blob(blob, signal) };
    blobs.push(await to.putBlob(blob, source, signal));
  }
  for (const child of contents.manifests) {
    const below = await copy({ from, to, digest: child.digest, near, look }, signal);
    blobs.push(...below.blobs);
  }
  return { blobs, tags: await to.putManifest(manifest, tags, signal) };
}

/** What a copy came to. */
export interface CopyOutcome {
  readonly blobs: readonly BlobOutcome[];
  readonly tags: readonly TagOutcome[];
}

/** The requests that a registry saw, as `METHOD kind status`, to be compared whole. */
export function trace(registry: Registry, filter: RequestFilter = {}): readonly string[] {
  return registry.find(filter).map(({ method, kind, status }) => `${method} ${kind} ${status}`);
}

/** Tags that are new. */
export function newTags(...tags: readonly string[]): readonly TagWrite[] {
  return tags.map((tag) => ({ tag, expect: undefined }));
}
