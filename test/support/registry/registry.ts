import type { TokenAsked } from "./auth-options.ts";
import type { Context } from "./context.ts";
import { Faults, type FaultPlan, type LaidFault } from "./fault.ts";
import { Listener, type OnRequest } from "./listener.ts";
import {
  fits,
  recordOf,
  type ListenerName,
  type RequestFilter,
  type RequestRecord,
} from "./log.ts";
import { decide, type Behaviour, type RegistryOptions } from "./options.ts";
import { Repository } from "./repository.ts";
import { serve, type Messages, type Serving } from "./serve.ts";
import { Tokens } from "./tokens.ts";

/** A hook that sees each request before it is answered, and is awaited. */
export type RequestHook = (index: number, request: RequestRecord) => Promise<void> | void;

/** A registry for tests: real HTTP on loopback, in memory, with behaviour and faults as data. */
export class Registry implements AsyncDisposable {
  readonly #listeners: Readonly<Record<ListenerName, Listener>>;
  readonly #repositories: Map<string, Repository> = new Map();
  readonly #faults: Faults = new Faults();
  readonly #tokens: Tokens = new Tokens();
  readonly #signatures: Map<string, number> = new Map();
  readonly #bugs: unknown[] = [];
  readonly #context: Context;
  #requests: RequestRecord[] = [];
  #hooks: RequestHook[] = [];
  #behaviour: Behaviour;
  #ids = 0;
  #inFlight = 0;
  #peak = 0;

  constructor(options: RegistryOptions) {
    this.#behaviour = decide(options);
    const onRequest: OnRequest = (...arrived) => {
      void this.#arrive(...arrived);
    };
    this.#listeners = {
      registry: new Listener("registry", options, onRequest),
      blobs: new Listener("blobs", options, onRequest),
      token: new Listener("token", options, onRequest),
    };
    this.#context = this.#makeContext();
  }

  #makeContext(): Context {
    const { registry, blobs, token } = this.#listeners;
    // A getter of an object literal has a `this` of its own.
    const readBehaviour = this.#readBehaviour.bind(this);
    return {
      get behaviour(): Behaviour {
        return readBehaviour();
      },
      get origins() {
        return { registry: registry.origin, blobs: blobs.origin, token: token.origin };
      },
      repositories: this.#repositories,
      repository: (name) => this.repository(name),
      tokens: this.#tokens,
      sign: () => {
        const signature = `signature-${(this.#ids += 1)}`;
        this.#signatures.set(signature, 0);
        return signature;
      },
      useSignature: (signature, uses) => {
        const used = (this.#signatures.get(signature) ?? Infinity) + 1;
        this.#signatures.set(signature, used);
        return used <= uses && used < Infinity;
      },
      nextId: (prefix) => `${prefix}-${(this.#ids += 1)}`,
    };
  }

  #readBehaviour(): Behaviour {
    return this.#behaviour;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return this.#listeners.registry.host;
  }

  /** `http://127.0.0.1:PORT`, or https. */
  get origin(): string {
    return this.#listeners.registry.origin;
  }

  /** Host of the second listener, where redirected reads go. */
  get blobHost(): string {
    return this.#listeners.blobs.host;
  }

  /** Host of the third listener, where `realm: "other-host"` points. */
  get tokenHost(): string {
    return this.#listeners.token.host;
  }

  /** Every request so far, of all listeners, in the order they came. */
  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  /** Every question to the token endpoint. */
  get tokensAsked(): readonly TokenAsked[] {
    return this.#tokens.asked;
  }

  /** Makes every token given so far worthless, as a restarted token service does. */
  expireTokens(): void {
    this.#tokens.expireAll();
  }

  /** TCP connections accepted on the registry's own port. */
  get connections(): number {
    return this.#listeners.registry.connections;
  }

  /** Most requests under way at once. */
  get peakInFlight(): number {
    return this.#peak;
  }

  /** TCP connections accepted on one listener. */
  connectionsTo(listener: ListenerName): number {
    return this.#listeners[listener].connections;
  }

  /** Number of requests that fit. */
  count(filter: RequestFilter = {}): number {
    return this.find(filter).length;
  }

  /** The requests that fit. */
  find(filter: RequestFilter): RequestRecord[] {
    return this.#requests.filter((record) => fits(record, filter));
  }

  /** Clears the log and the counts; content, faults and tokens stay. */
  reset(): void {
    this.#requests = [];
    this.#tokens.asked.length = 0;
    this.#peak = this.#inFlight;
    for (const listener of Object.values(this.#listeners)) {
      listener.connections = 0;
    }
  }

  /** A repository's content, to seed and to inspect; made where it is not there. */
  repository(name: string): Repository {
    const found = this.#repositories.get(name) ?? new Repository(name);
    this.#repositories.set(name, found);
    return found;
  }

  /** Names of the repositories that hold something. */
  repositoryNames(): string[] {
    return [...this.#repositories.values()]
      .filter(({ known }) => known)
      .map(({ name }) => name)
      .toSorted();
  }

  /** Lays a fault in wait. */
  fault(plan: FaultPlan): LaidFault {
    return this.#faults.lay(plan);
  }

  /** Takes all faults away. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Calls the hook at every request, before it is answered. */
  onRequest(hook: RequestHook): void {
    this.#hooks.push(hook);
  }

  /** Changes behaviour from now on. */
  configure(change: Omit<RegistryOptions, "requestsPerConnection" | "tls">): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** Opens the ports. */
  async listen(): Promise<void> {
    await Promise.all(Object.values(this.#listeners).map((listener) => listener.listen()));
  }

  /** Comes back on the port it had, after a `die` fault or `stop`. */
  async restart(): Promise<void> {
    for (const listener of Object.values(this.#listeners)) {
      await listener.listen(Number(listener.host.split(":")[1]));
    }
  }

  /** Goes away as a killed host does; content stays for `restart`. */
  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#listeners).map((listener) => listener.close()));
  }

  /** Stops, and throws what went wrong inside the double itself. */
  async close(): Promise<void> {
    await this.stop();
    if (this.#bugs.length > 0) {
      throw new AggregateError(this.#bugs, "the registry double failed");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #arrive(listener: ListenerName, connection: number, messages: Messages): Promise<void> {
    const place = { index: this.#requests.length, listener, connection };
    const record = recordOf(messages.request, place);
    this.#requests.push(record);
    this.#inFlight += 1;
    this.#peak = Math.max(this.#peak, this.#inFlight);
    // A client that goes away is part of many tests, and no fault of the double's.
    messages.response.on("error", () => undefined);
    try {
      for (const hook of this.#hooks) {
        await hook(record.index, record);
      }
      const serving: Serving = {
        context: this.#context,
        fault: this.#faults.meet(record),
        inFlight: this.#inFlight,
        stop: () => this.stop(),
      };
      await serve(serving, record, messages);
    } catch (error) {
      this.#bugs.push(error);
      messages.response.destroy();
    } finally {
      this.#inFlight -= 1;
      record.finished = true;
      // A body nobody read would hold the connection.
      messages.request.resume();
    }
  }
}
