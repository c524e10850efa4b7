import type { Dispatcher } from "undici";
import type { RegistryAnswer } from "../call.ts";

/** What an exchange needs to know of its surroundings. */
export interface ExchangeContext {
  /** Where the request goes, for `url`. */
  readonly origin: string;
  readonly path: string;
  /** Turns what the network said into the error that the caller gets. */
  fault(error: unknown): Error;
  /** The error of a body that is larger than the caller takes. */
  tooLarge(cap: number): Error;
}

/** One request as undici's dispatchers take it. */
export interface WireRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** False: the connection is kept, also after a HEAD. */
  readonly reset: false;
}

/** Bytes of an unread body that are held before the connection is told to wait. */
const HIGH_WATER = 256 * 1024;
/** Bytes of an unwanted body that are read, so that its connection can be used again. */
const DISCARD_CAP = 64 * 1024;

/**
 * One request on the wire and its answer: undici's handler and the caller's answer in one object, because a stream
 * and a parsed answer per HEAD would cost more than the request itself.
 */
export class Exchange implements Dispatcher.DispatchHandler, RegistryAnswer {
  status = 0;
  readonly #context: ExchangeContext;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #onStart: (() => void) | undefined;
  #onFail: ((error: Error) => void) | undefined;
  #onFinish: (() => void) | undefined;
  #onProgress: (() => void) | undefined;
  #onHere: (() => void) | undefined;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #cap = Infinity;
  #mode: "hold" | "collect" | "discard" = "hold";
  #ended = false;
  #failure: Error | undefined;

  constructor(context: ExchangeContext) {
    this.#context = context;
  }

  /** Sends the request; settles when the headers are there. */
  send(dispatcher: Dispatcher, request: WireRequest): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#onStart = resolve;
      this.#onFail = reject;
      // undici takes any async iterable as a body; only its types do not say so.
      dispatcher.dispatch(request as Dispatcher.DispatchOptions, this);
    });
  }

  /** Settles when nothing of the answer is on the wire any more, well or badly; never rejects. */
  finished(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onFinish = resolve;
    });
  }

  /** Waits until the whole answer is here, or as much of it as is held unread; undefined, or why it broke off. */
  async here(): Promise<Error | undefined> {
    if (!this.#ended && this.#held <= HIGH_WATER)
      await new Promise<void>((resolve) => {
        this.#onHere = resolve;
      });
    return this.#failure;
  }

  /** Whether the whole answer is here, or has failed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Gives up at once with this error, whatever the exchange is doing. */
  abort(error: Error): void {
    if (this.#ended) return;
    this.#end(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.status = status;
    this.#headers = headers;
    this.#onStart?.();
    this.#onStart = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#held += chunk.length;
    if (this.#held > this.#cap) {
      this.abort(this.#context.tooLarge(this.#cap));
      return;
    }
    if (this.#mode === "discard") return;
    this.#chunks.push(chunk);
    if (this.#mode === "hold" && this.#held > HIGH_WATER) this.#pause(controller);
    this.#progress();
  }

  onResponseEnd(): void {
    this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#ended) this.#end(this.#context.fault(error));
  }

  get url(): URL {
    return new URL(this.#context.origin + this.#context.path);
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** Each line of a header that may come more than once, in order. */
  headerLines(name: string): readonly string[] {
    const value = this.#headers[name];
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }

  async bytes(cap: number): Promise<Uint8Array> {
    this.#cap = cap;
    this.#mode = "collect";
    const told = Number(this.header("content-length") ?? 0);
    if (!this.#ended && (told > cap || this.#held > cap)) this.abort(this.#context.tooLarge(cap));
    this.#controller?.resume();
    while (!this.#ended) await this.#moved();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#held > cap) throw this.#context.tooLarge(cap);
    const [only, ...rest] = this.#chunks;
    this.#chunks = [];
    if (only === undefined) return new Uint8Array(0);
    return rest.length === 0 ? only : Buffer.concat([only, ...rest], this.#held);
  }

  /** A hand-written iterator: a generator that is left before its first step would never hear of it. */
  stream(): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => this.#next(),
      return: () => {
        this.#drop();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  async discard(): Promise<void> {
    this.#mode = "discard";
    this.#chunks = [];
    this.#held = 0;
    this.#cap = DISCARD_CAP;
    if (Number(this.header("content-length") ?? 0) > DISCARD_CAP) this.#drop();
    this.#controller?.resume();
    while (!this.#ended) await this.#moved();
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#held -= chunk.length;
        return { done: false, value: chunk };
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      // Waited for first: resuming may give out at once what the parser had kept.
      const moved = this.#moved();
      this.#controller?.resume();
      await moved;
    }
  }

  /** Leaves an answer that nobody will read to the end; its connection goes with it. */
  #drop(): void {
    this.#chunks = [];
    if (!this.#ended) this.abort(new Error("the rest of the answer is not wanted"));
  }

  #pause(controller: Dispatcher.DispatchController): void {
    controller.pause();
    this.#onHere?.();
  }

  #moved(): Promise<void> {
    return new Promise((resolve) => {
      this.#onProgress = resolve;
    });
  }

  #progress(): void {
    const wake = this.#onProgress;
    this.#onProgress = undefined;
    wake?.();
  }

  #end(failure: Error | undefined): void {
    this.#ended = true;
    this.#failure = failure;
    if (this.#onStart !== undefined && failure !== undefined) this.#onFail?.(failure);
    this.#onStart = undefined;
    this.#onFail = undefined;
    this.#progress();
    this.#onHere?.();
    this.#onFinish?.();
    this.#onFinish = undefined;
  }
}
