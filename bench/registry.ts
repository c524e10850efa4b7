import { execFile } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startServer, type Background } from "./background.ts";
import { BenchError } from "./bench-error.ts";
import { freePort, untilAnswered } from "./loopback.ts";
import { readTraffic, type Traffic } from "./registry-log.ts";
import type { RegistryPlace, RegistryProgram } from "./registry-program.ts";
import type { Workshop } from "./workshop.ts";

/** Content that registries start with. */
export interface Fixture {
  readonly name: string;
  /** Pushes it to a registry. */
  fill(host: string, signal: AbortSignal): Promise<void>;
}

/** How a registry is wanted. */
export interface RegistryWish {
  readonly fixture?: Fixture;
  /** Somebody will write to it, so the fixture's own files must not be used. */
  readonly writable: boolean;
  /** Count requests, which costs the registry time: not for runs that are timed. */
  readonly counted: boolean;
}

/** A registry that runs on loopback. */
export interface LiveRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Stops it and says what it was asked; only where it was started `counted`. */
  traffic(): Promise<Traffic>;
}

/** Starts registries and keeps filled ones for the next time. */
export class RegistryYard {
  readonly #program: RegistryProgram;
  readonly #workshop: Workshop;
  readonly #filled: Map<string, string> = new Map();

  constructor(program: RegistryProgram, workshop: Workshop) {
    this.#program = program;
    this.#workshop = workshop;
  }

  /** Starts a registry that holds the fixture and nothing else. */
  async start(wish: RegistryWish, signal: AbortSignal): Promise<LiveRegistry> {
    const { fixture } = wish;
    const folder = await this.#workshop.folder("registry");
    const storage = await this.#storage(wish, folder, signal);
    const live = await this.#launch(
      { folder, storage, counted: wish.counted, keep: false },
      signal,
    );
    // A registry that keeps nothing in files is filled each time.
    if (fixture !== undefined && !this.#program.keepsFiles) await fixture.fill(live.host, signal);
    return live;
  }

  /** Throws a fixture's files away. */
  async forget(fixture: Fixture): Promise<void> {
    const folder = this.#filled.get(fixture.name);
    this.#filled.delete(fixture.name);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #storage(wish: RegistryWish, folder: string, signal: AbortSignal): Promise<string> {
    const own = join(folder, "storage");
    if (wish.fixture === undefined || !this.#program.keepsFiles) {
      await mkdir(own);
      return own;
    }
    const filled = await this.#fill(wish.fixture, signal);
    if (!wish.writable) return filled;
    // Tens of thousands of small files: the program copies them in a tenth of fs.cp's time.
    await promisify(execFile)("cp", ["-a", filled, own], { signal });
    return own;
  }

  async #fill(fixture: Fixture, signal: AbortSignal): Promise<string> {
    const known = this.#filled.get(fixture.name);
    if (known !== undefined) return known;
    const folder = await this.#workshop.folder(fixture.name);
    const storage = join(folder, "storage");
    await mkdir(storage);
    const place = { folder, storage, counted: false, keep: true };
    await using live = await this.#launch(place, signal);
    await fixture.fill(live.host, signal);
    this.#filled.set(fixture.name, storage);
    return storage;
  }

  async #launch(
    place: Omit<RegistryPlace, "port"> & { readonly keep: boolean },
    signal: AbortSignal,
  ): Promise<LiveRegistry> {
    const { folder, keep } = place;
    const port = await freePort();
    const argv = await this.#program.command({ ...place, port });
    const server = await startServer({ argv, folder, logFile: join(folder, "log") });
    const host = this.#program.choosesPort ? await hostSaid(server, signal) : `127.0.0.1:${port}`;
    await mustAnswer(`http://${host}/v2/`, server, signal);
    return {
      host,
      traffic: async () => {
        await server.stop();
        return readTraffic(server.logFile);
      },
      [Symbol.asyncDispose]: async () => {
        await server.stop();
        if (!keep) await rm(folder, { recursive: true, force: true });
      },
    };
  }
}

async function mustAnswer(url: string, server: Background, signal: AbortSignal): Promise<void> {
  try {
    await untilAnswered(url, signal);
  } catch (cause) {
    await server.stop();
    signal.throwIfAborted();
    const said = (await readFile(server.logFile, "utf8")).slice(0, 500);
    throw new BenchError(`the registry does not answer; it said: ${said}`, { cause });
  }
}

async function hostSaid(server: Background, signal: AbortSignal): Promise<string> {
  for (let look = 0; look < 500; look += 1) {
    signal.throwIfAborted();
    const host = /listening on (\S+)/.exec(await readFile(server.logFile, "utf8"))?.[1];
    if (host !== undefined) return host;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new BenchError(`the registry did not say where it listens; see ${server.logFile}`);
}
