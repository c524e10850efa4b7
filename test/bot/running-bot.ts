import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/cli/program.ts";
import type { FakeApp } from "../support/github/state.ts";
import type { FakeGitHub } from "../support/github/index.ts";

/** What the bot's manifest asks for, and so what its installation may. */
export const BOT_PERMISSIONS = {
  contents: "read",
  pull_requests: "write",
  checks: "write",
  issues: "read",
  members: "read",
} as const;

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

export const SECRET = "a secret that only GitHub and the bot know";

/** An App on the fake, with the variables that a bot of it is started with. */
export interface BotApp {
  readonly app: FakeApp;
  readonly env: Readonly<Record<string, string>>;
}

export function addBotApp(github: FakeGitHub): BotApp {
  const app = github.addApp({ slug: "waybill-bot", publicKey, permissions: BOT_PERMISSIONS });
  return {
    app,
    env: {
      ...serverEnv(github),
      WAYBILL_GITHUB_APP_ID: String(app.id),
      WAYBILL_GITHUB_APP_KEY: privateKey,
      WAYBILL_GITHUB_WEBHOOK_SECRET: SECRET,
    },
  };
}

/** The fake, as an operator names their own GitHub. */
export function serverEnv(github: FakeGitHub): Readonly<Record<string, string>> {
  const { GITHUB_REPOSITORY: _, ...env } = github.env();
  return { ...env, PATH: process.env["PATH"] ?? "" };
}

/** A bot in this process, started as a person starts it. */
export class RunningBot implements AsyncDisposable {
  readonly origin: string;
  readonly lines: readonly string[];
  readonly #stopping: AbortController;
  readonly #ended: Promise<number>;

  private constructor(
    origin: string,
    lines: readonly string[],
    ending: { readonly stopping: AbortController; readonly ended: Promise<number> },
  ) {
    this.origin = origin;
    this.lines = lines;
    this.#stopping = ending.stopping;
    this.#ended = ending.ended;
  }

  static async start(
    state: string,
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<RunningBot> {
    const lines: string[] = [];
    const stopping = new AbortController();
    const listening = Promise.withResolvers<string>();
    const shell = {
      env,
      folder: state,
      interactive: false,
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
      columns: 80,
      now: () => new Date(),
      out: (text: string) => void lines.push(text),
      err: (text: string) => {
        lines.push(text);
        const [, origin] = /listening on (http:\S+)/.exec(text) ?? [];
        if (origin !== undefined) listening.resolve(origin);
      },
      ask: () => Promise.reject(new Error("nobody answers")),
    };
    const typed = ["bot", "--state", state, "--port", "0", ...args];
    const ended = runProgram(typed, shell, stopping.signal);
    const first = await Promise.race([listening.promise, ended]);
    if (typeof first === "number") throw new Error(`exit ${first}: ${lines.join("")}`);
    return new RunningBot(first, lines, { stopping, ended });
  }

  /** Stops it as SIGTERM does; the exit code. */
  stop(): Promise<number> {
    this.#stopping.abort(new Error("interrupted by SIGTERM"));
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  post(delivery: Delivery): Promise<Response> {
    return postDelivery(this.origin, delivery);
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.origin}/metrics`)).text();
  }

  /** The value of a series; 0 where there is none. */
  async metric(series: string): Promise<number> {
    const line = (await this.metrics()).split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? 0);
  }

  /** Waits until nothing that was accepted is left. */
  async idle(): Promise<void> {
    while ((await this.metric("waybill_bot_pending")) > 0) {
      // A job that is tried again waits for seconds; the test wants to know why instead.
      const trouble = this.lines.find((line) => line.includes("again in"));
      if (trouble !== undefined) throw new Error(trouble);
      await pause(20);
    }
  }
}

/** One delivery of GitHub's; every part can be made wrong. */
export interface Delivery {
  readonly event?: string;
  readonly id?: string;
  readonly payload?: unknown;
  readonly body?: string | Uint8Array;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Posts a delivery with the headers that GitHub sends. */
export function postDelivery(origin: string, delivery: Delivery): Promise<Response> {
  const { event = "pull_request", id = randomUUID(), payload = {}, secret = SECRET } = delivery;
  const body = delivery.body ?? JSON.stringify(payload);
  const headers = new Headers({
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-event": event,
    "x-github-delivery": id,
    "x-github-hook-id": "1",
    "x-hub-signature": `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  });
  for (const [name, value] of Object.entries(delivery.headers ?? {})) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return fetch(`${origin}/webhook`, {
    method: "POST",
    body: typeof body === "string" ? body : new Uint8Array(body),
    headers,
  });
}

/** The payload of a `pull_request` of the fake's repository. */
export function requestPayload(github: FakeGitHub, number: number, action = "opened"): object {
  return {
    action,
    number,
    pull_request: { number, base: { ref: "main" }, head: { sha: "0".repeat(40) } },
    repository: {
      full_name: "acme/promotions",
      default_branch: "main",
      html_url: `${github.origin}/acme/promotions`,
    },
  };
}

/** A folder for a bot's state, for as long as a test. */
export function stateFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "waybill-bot-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
