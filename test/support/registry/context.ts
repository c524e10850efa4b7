import type { RequestRecord } from "./log.ts";
import type { Behaviour } from "./options.ts";
import type { Repository } from "./repository.ts";
import type { Tokens } from "./tokens.ts";

/** A request's body as far as it came. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  /** False where the client went away, or a fault cut it. */
  readonly complete: boolean;
}

/** A request under way. */
export interface Exchange {
  readonly record: RequestRecord;
  /** Reads the body; once. */
  body(): Promise<ReceivedBody>;
}

/** Origins of the listeners, `http://127.0.0.1:PORT`. */
export interface Origins {
  readonly registry: string;
  readonly blobs: string;
  readonly token: string;
}

/** What every handler sees of the registry. */
export interface Context {
  readonly behaviour: Behaviour;
  readonly origins: Origins;
  readonly repositories: ReadonlyMap<string, Repository>;
  /** The repository of that name, made where it is not there. */
  repository(name: string): Repository;
  readonly tokens: Tokens;
  /** A new signature for a URL of the storage. */
  sign(): string;
  /** Takes one of the uses of a signed URL; false where none is left, or it was never given. */
  useSignature(signature: string, uses: number): boolean;
  /** An id no other upload or token has. */
  nextId(prefix: string): string;
}
