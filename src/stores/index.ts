export { supersedes } from "./evidence-tags.ts";
export { parseLayers, parseManifest } from "./manifest.ts";
export { openStores, type StoresOptions } from "./open.ts";
export type {
  BlobOutcome,
  BlobSource,
  HostScan,
  ReadRepository,
  ReadStores,
  Stores,
  TagListing,
  TagOutcome,
  TagWrite,
  WriteRepository,
} from "./port.ts";
export { faultOf, StoreError } from "./store-error.ts";
