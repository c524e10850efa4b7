import type { RegistryHost } from "#model";
import type { Environment } from "./auth/credential-files.ts";
import type { AuthorityFiles, Timeouts } from "./http/pool.ts";

/** What a transport is made from; nothing of it is read elsewhere. */
export interface TransportSettings {
  /** The entries of `registries.yaml`. */
  readonly hosts: readonly RegistryHost[];
  /** Where credentials are looked for: HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE and the like. */
  readonly env: Environment;
  /** The promotions root, which `caFile` is relative to. */
  readonly root: string;
  /** What `caFile`s held at the revision whose policies hold (promise 11); others are read from the file system. */
  readonly certificates?: AuthorityFiles;
  /** Told each new text of a `Warning: 299` header once (distribution-spec, Warnings). */
  readonly onWarning?: (host: string, text: string) => void;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryRules>;
}

/** When a call is tried again. */
export interface RetryRules {
  /** Tries of one call in all, where the host fails (a refusal for its rate is counted apart). */
  readonly tries: number;
  /** Tries of one call that the host refused for its rate. */
  readonly refusals: number;
  /** Milliseconds before the second try, doubled each time, with jitter. */
  readonly backoffMs: number;
  /** Longest wait that a host may ask for; where it asks for more, the call fails. */
  readonly longestWaitMs: number;
  /** Milliseconds from the first failure after which there is no further try. */
  readonly totalMs: number;
  /** Milliseconds for one metadata exchange, body included. */
  readonly metadataMs: number;
  /** Milliseconds for one blob exchange, body included. */
  readonly blobMs: number;
}

export const RETRY_RULES: RetryRules = {
  tries: 6,
  refusals: 10,
  backoffMs: 250,
  longestWaitMs: 5 * 60_000,
  totalMs: 3 * 60_000,
  metadataMs: 5 * 60_000,
  blobMs: 6 * 60 * 60_000,
};
