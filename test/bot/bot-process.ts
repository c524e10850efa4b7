import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Where a bot works, and which build of it. */
export interface BotPlace {
  readonly state: string;
  readonly port: number;
  /** The program; from source where not said. */
  readonly program?: string;
}

/** `waybill bot` as a process of its own. */
export class BotProcess implements AsyncDisposable {
  readonly origin: string;
  readonly #child: ChildProcess;
  readonly #said: string[];

  private constructor(origin: string, child: ChildProcess, said: string[]) {
    this.origin = origin;
    this.#child = child;
    this.#said = said;
  }

  get said(): string {
    return this.#said.join("");
  }

  static async start(
    { state, port, program = source }: BotPlace,
    env: Readonly<Record<string, string>>,
  ): Promise<BotProcess> {
    const args = [program, "bot", "--state", state, "--port", String(port)];
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    const listening = Promise.withResolvers<string>();
    child.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      said.push(chunk.toString());
      const [, origin] = /listening on (http:\S+)/.exec(said.join("")) ?? [];
      if (origin !== undefined) listening.resolve(origin);
    });
    child.on("exit", () => listening.reject(new Error(`the bot ended: ${said.join("")}`)));
    return new BotProcess(await listening.promise, child, said);
  }

  /** Its exit code, or the signal that ended it. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | string | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return this.#child.exitCode ?? this.#child.signalCode;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}

/** A port that nobody has now, for a bot that comes back at the same address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
