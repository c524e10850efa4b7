import { addressOf, registryEntryOf, type Repository } from "#model";
import { openLayoutRepository } from "./layout/repository.ts";
import { layoutsShared } from "./layout/run-wide.ts";
import { openManifestCache } from "./manifest-cache.ts";
import type { Stores, WriteRepository } from "./port.ts";
import type { RegistryTransport } from "./registry/call.ts";
import { openCapabilities } from "./registry/client/capabilities.ts";
import {
  openRegistryRepository,
  type RegistryRepositoryOptions,
} from "./registry/client/repository.ts";
import { endpointOf } from "./registry/endpoint.ts";
import { openTransport } from "./registry/transport.ts";
import type { TransportSettings } from "./registry/transport-settings.ts";
import { StoreError } from "./store-error.ts";

const MAX_LAYOUT_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What a run's stores are opened from; `root` is what relative layout paths are under, too. */
export interface StoresOptions extends TransportSettings {
  /** In the action and the bot: refuse layouts that are absolute, leave the root or lie behind a link (contract §1). */
  readonly restrictPaths?: boolean;
}

/**
 * Opens the stores of one run. Nothing is read, made or connected before a repository is asked something. What registries
 * taught is kept by host and not by repository, of which a run may have tens of thousands; a layout is opened once.
 */
export function openStores(options: StoresOptions): Stores {
  const { open, close } = openerOf(options);
  return { read: open, write: open, close };
}

interface Opener {
  readonly open: (repository: Repository) => WriteRepository;
  readonly close: () => Promise<void>;
}

function openerOf(options: StoresOptions): Opener {
  const cache = openManifestCache();
  const capabilities = openCapabilities();
  const layouts = {
    root: options.root,
    restrictPaths: options.restrictPaths ?? false,
    maxManifestBytes: MAX_LAYOUT_MANIFEST_BYTES,
    shared: layoutsShared(),
  };
  const opened = new Map<Repository, WriteRepository>();
  const hosts = new Map<string, HostTold>();
  let transport: RegistryTransport | undefined;
  function openLayout(repository: Repository): WriteRepository {
    const layout = opened.get(repository) ?? openLayoutRepository(repository, layouts);
    opened.set(repository, layout);
    return layout;
  }
  function openRegistry(repository: Repository, host: string): WriteRepository {
    transport ??= openTransport(options);
    let told = hosts.get(host);
    if (told === undefined) {
      told = toldOf(host, options);
      hosts.set(host, told);
    }
    return openRegistryRepository({ repository, transport, capabilities, cache, ...told });
  }
  return {
    open(repository) {
      const address = addressOf(repository);
      switch (address.kind) {
        case "registry":
          return openRegistry(repository, address.host);
        case "layout":
          return openLayout(repository);
        case "file":
        case "s3":
          throw notSupported(repository);
      }
    },
    close: async () => transport?.close(),
  };
}

type HostTold = Pick<
  RegistryRepositoryOptions,
  "folder" | "isHarbor" | "maxManifestBytes" | "referrers"
>;

/** What `registries.yaml` says of a host's repositories. */
function toldOf(host: string, { hosts, root }: StoresOptions): HostTold {
  const { maxManifestBytes, capabilities, product } = registryEntryOf(host, hosts) ?? {};
  const { folder } = endpointOf(host, hosts, root);
  return {
    folder,
    maxManifestBytes,
    referrers: capabilities?.referrers,
    isHarbor: product === "harbor",
  };
}

function notSupported(repository: Repository): StoreError {
  return new StoreError({
    code: "unsupported",
    message: `${repository} is a kind of store that waybill cannot read or write yet`,
    hint: "use a registry or an oci-layout: path",
    repository,
  });
}
