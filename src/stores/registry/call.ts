import type { Digest, Repository } from "#model";

/** What a token must allow on one repository (distribution token scope). */
export interface Scope {
  readonly repository: string;
  readonly actions: readonly ("pull" | "push" | "delete")[];
}

/** A body that can be sent once (a stream) or as often as needed (bytes). */
export type CallBody =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | {
      readonly kind: "stream";
      readonly length: number;
      open(): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
    };

/** One request to a registry, before authentication, limits, retries and redirects, which the transport adds. */
export interface RegistryCall {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The repository asked, for errors; its host is the one that credentials belong to. */
  readonly repository: Repository;
  readonly digest?: Digest | undefined;
  /** A path from `/v2/` on, or an address that the registry itself gave (a Location, a Link), already resolved. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly scopes: readonly Scope[];
  readonly body?: CallBody | undefined;
  readonly lane: "metadata" | "blobs";
  /** `direct`: with user and password themselves, for an API of the host that takes no token of the registry's. */
  readonly login?: "direct";
  /** Statuses that the caller understands; every other becomes a StoreError with the registry's own words. */
  readonly accept: readonly number[];
}

/** What came back: headers lower-cased, the body still unread. The caller must read or discard it. */
export interface RegistryAnswer {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  header(name: string): string | undefined;
  /** The whole body, refused (`too-large`) over `cap` bytes. */
  bytes(cap: number): Promise<Uint8Array>;
  /** The body as it comes; stalls are noticed by progress. */
  stream(): AsyncIterable<Uint8Array>;
  /** Throws the body away, so that the connection can be used again. */
  discard(): Promise<void>;
}

/** The road to registries that every repository of a run shares: pools, tokens, limits, retries, deadlines. */
export interface RegistryTransport {
  call(request: RegistryCall, signal: AbortSignal): Promise<RegistryAnswer>;
  close(): Promise<void>;
}
