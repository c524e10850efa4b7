import { addressOf, registryHost, type ApplyEvent, type Descriptor, type Repository } from "#model";
import type { BlobOutcome, Stores } from "#stores";

/** One blob to move. */
export interface BlobMove {
  readonly blob: Descriptor;
  readonly from: Repository;
  readonly to: Repository;
  /** The target held its manifest already: look before anything is sent. */
  readonly look: boolean;
}

/**
 * Moves blobs for a whole run: each (repository, digest) once, and to a second repository of one store only after the
 * first, so that it is mounted or linked instead of sent again (copy-engines §6.3).
 */
export class BlobMover {
  readonly #stores: Stores;
  readonly #emit: (event: ApplyEvent) => void;
  readonly #moves = new Map<string, { readonly from: Repository; readonly move: Promise<void> }>();
  /** (store, digest) → the repository that a move of this run puts it in, and that move. */
  readonly #holders = new Map<
    string,
    { readonly repository: Repository; readonly move: Promise<void> }
  >();

  constructor(stores: Stores, emit: (event: ApplyEvent) => void) {
    this.#stores = stores;
    this.#emit = emit;
  }

  /**
   * Makes sure that the target holds the blob; callers that ask for the same blob share one move. Where it fails, those
   * that would have it from elsewhere try that: one bad source stops nobody else's artifact (promise 7).
   */
  async move(request: BlobMove, signal: AbortSignal): Promise<void> {
    const name = `${request.to}@${request.blob.digest}`;
    for (let known; (known = this.#moves.get(name)) !== undefined;) {
      if (known.from === request.from || (await succeeded(known.move))) return known.move;
      if (this.#moves.get(name) === known) this.#moves.delete(name);
    }
    await this.#begin(name, request, signal);
  }

  #begin(name: string, request: BlobMove, signal: AbortSignal): Promise<void> {
    const place = `${storeOf(request.to)}@${request.blob.digest}`;
    const holder = this.#holders.get(place);
    const move = this.#move(request, holder, signal);
    this.#moves.set(name, { from: request.from, move });
    if (holder === undefined) this.#holders.set(place, { repository: request.to, move });
    return move;
  }

  async #move(
    request: BlobMove,
    holder: { readonly repository: Repository; readonly move: Promise<void> } | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const near: Repository[] = storeOf(request.from) === storeOf(request.to) ? [request.from] : [];
    if (holder && (await succeeded(holder.move))) near.unshift(holder.repository);
    const source = this.#stores.read(request.from);
    const how = await this.#stores.write(request.to).putBlob(
      request.blob,
      {
        near,
        look: request.look,
        open: async (openSignal) =>
          this.#counted(request, await source.blob(request.blob, openSignal)),
      },
      signal,
    );
    this.#tell(request, how);
  }

  #tell({ blob, to }: BlobMove, how: BlobOutcome): void {
    this.#emit({ kind: "blob", digest: blob.digest, to, how });
  }

  async *#counted({ to }: BlobMove, stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const host = storeOf(to);
    for await (const chunk of stream) {
      this.#emit({ kind: "transferred", host, bytes: chunk.byteLength });
      yield chunk;
    }
  }
}

/** The store that a repository shares blobs with: its registry, or all layouts together. */
function storeOf(repository: Repository): string {
  return registryHost(repository) ?? addressOf(repository).kind;
}

/** Whether a move ended well; its failure is told by whoever asked for it. */
async function succeeded(move: Promise<void>): Promise<boolean> {
  return move.then(
    () => true,
    () => false,
  );
}
