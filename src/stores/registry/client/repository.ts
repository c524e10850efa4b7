import { addressOf, type Repository } from "#model";
import type { ManifestCache } from "../../manifest-cache.ts";
import type { WriteRepository } from "../../port.ts";
import type { RegistryTransport } from "../call.ts";
import { hasBlob, openBlob } from "./blobs.ts";
import type { Capabilities } from "./capabilities.ts";
import { pathOn, type Client } from "./client.ts";
import { harborScan } from "./harbor-scan.ts";
import { headManifest, readManifest } from "./manifest-reads.ts";
import { putManifest } from "./manifest-writes.ts";
import { listReferrers } from "./referrers.ts";
import { listTags } from "./tags.ts";
import { putBlob } from "./uploads.ts";

const DEFAULT_MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What a repository of a registry shares with the others of its run, and what `registries.yaml` says of its host. */
export interface RegistryRepositoryOptions {
  /** A repository in a registry. */
  readonly repository: Repository;
  readonly transport: RegistryTransport;
  readonly capabilities: Capabilities;
  readonly cache: ManifestCache;
  /** Of the host's endpoint; none where not set. */
  readonly folder?: string;
  /** 4 MiB where not set. */
  readonly maxManifestBytes?: number | undefined;
  /** Whether the host has the referrers API; learned where not set. */
  readonly referrers?: boolean | undefined;
  /** The host is a Harbor, which has an API of its own. */
  readonly isHarbor?: boolean;
}

/** Opens a repository of an OCI registry; no request is made before one is needed. */
export function openRegistryRepository(options: RegistryRepositoryOptions): WriteRepository {
  const client = clientOf(options);
  const { repository } = options;
  return {
    repository,
    head: async (reference, signal) => (await headManifest(client, reference, signal))?.descriptor,
    manifest: (digest, signal) => readManifest(client, digest, signal),
    tags: (signal) => listTags(client, signal),
    referrers: (digest, signal, fallback) => listReferrers(client, digest, signal, fallback),
    hasBlob: (blob, signal) => hasBlob(client, blob, signal),
    blob: (blob, signal) => openBlob(client, blob, signal),
    putBlob: (blob, source, signal) => putBlob(client, blob, source, signal),
    putManifest: (manifest, tags, signal) => putManifest(client, manifest, tags, signal),
    ...(options.isHarbor === true ? { scan: scanBy(client) } : {}),
  };
}

function scanBy(client: Client): NonNullable<WriteRepository["scan"]> {
  return (digest, signal) => harborScan(client, digest, signal);
}

function clientOf(options: RegistryRepositoryOptions): Client {
  const { repository, transport, capabilities, cache, folder = "" } = options;
  const address = addressOf(repository);
  if (address.kind !== "registry" || address.path === "")
    throw new TypeError(`not a repository of a registry: ${repository}`);
  const can = capabilities.of(address.host);
  if (options.referrers !== undefined) can.referrers = options.referrers;
  return {
    repository,
    host: address.host,
    path: pathOn(address.host, address.path, folder),
    folder,
    transport,
    can,
    cache,
    maxManifestBytes: options.maxManifestBytes ?? DEFAULT_MAX_MANIFEST_BYTES,
  };
}
