import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A registry program that runs on loopback, with storage of its own that goes away with it. */
export interface RealRegistry extends AsyncDisposable {
  /** Of the program. */
  readonly name: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly storage: string;
  /** What it wrote so far. */
  log(): Promise<string>;
}

/** How one kind of registry is started. */
export interface ServerKind {
  readonly name: string;
  /** Its command line, for a port and a folder for what it holds. */
  command(place: { readonly port: number; readonly storage: string }): Promise<readonly string[]>;
}

const START_MS = 20_000;
const STOP_MS = 5_000;

/** Starts a registry on a free loopback port, and waits until it answers; `storage` is kept where it is given. */
export async function startServer(kind: ServerKind, storage?: string): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), `waybill-${kind.name}-`));
  const port = await freePort();
  const place = { port, storage: storage ?? folder };
  const [program = "", ...args] = await kind.command(place);
  const logFile = join(folder, "log.txt");
  const log = openSync(logFile, "w");
  const child = spawn(program, args, {
    cwd: folder,
    // Distribution 3 would look for a collector of traces.
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  function kill(): void {
    killGroup(child.pid, "SIGKILL");
  }
  process.once("exit", kill);
  const server: RealRegistry = {
    name: kind.name,
    host: `127.0.0.1:${port}`,
    storage: place.storage,
    log: () => readFile(logFile, "utf8"),
    async [Symbol.asyncDispose]() {
      killGroup(child.pid, "SIGTERM");
      const timer = setTimeout(kill, STOP_MS);
      await ended;
      clearTimeout(timer);
      process.removeListener("exit", kill);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await untilAnswered(server);
  return server;
}

/** Ends a whole process group; one that is gone already is what we want. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function untilAnswered(server: RealRegistry): Promise<void> {
  const until = Date.now() + START_MS;
  while (!(await answers(`http://${server.host}/v2/`))) {
    if (Date.now() > until) {
      const said = await server.log();
      await server[Symbol.asyncDispose]();
      throw new Error(`${server.name} does not answer; it said:\n${said}`);
    }
    await sleep(25);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}
