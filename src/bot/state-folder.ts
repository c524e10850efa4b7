import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { join } from "node:path";
import { BotError } from "./bot-error.ts";

/** The App that a bot is: what GitHub handed out, and nobody else may read. */
export interface Credentials {
  readonly appId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

const FILES = { appId: "app-id", privateKey: "private-key.pem", webhookSecret: "webhook-secret" };

/** Makes the folder of a bot's state; only its user looks into it. */
export async function openStateFolder(state: string): Promise<void> {
  await mkdir(join(state, "app"), { recursive: true, mode: 0o700 });
  await chmod(state, 0o700);
}

/** The App that was set up in this folder; undefined where none was. */
export async function readCredentials(state: string): Promise<Credentials | undefined> {
  const [appId, privateKey, webhookSecret] = await Promise.all([
    readIfThere(join(state, "app", FILES.appId)),
    readIfThere(join(state, "app", FILES.privateKey)),
    readIfThere(join(state, "app", FILES.webhookSecret)),
  ]);
  if (appId === undefined || privateKey === undefined || webhookSecret === undefined)
    return undefined;
  return { appId: appId.trim(), privateKey, webhookSecret: webhookSecret.trim() };
}

/** Keeps an App, readable by this user alone; the number comes last, so that half an App is none. */
export async function keepCredentials(state: string, credentials: Credentials): Promise<void> {
  await keep(join(state, "app", FILES.privateKey), credentials.privateKey);
  await keep(join(state, "app", FILES.webhookSecret), `${credentials.webhookSecret}\n`);
  await keep(join(state, "app", FILES.appId), `${credentials.appId}\n`);
}

async function keep(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A state folder that is this process's own until it lets go. */
export interface StateLock {
  release(): Promise<void>;
}

/**
 * Takes the folder for this process: two bots that write one journal would each lose what the other took. The lock is a
 * socket, which nobody answers any more once its process is gone, however it went.
 * @throws {BotError} `in-use`
 */
export async function lockState(state: string): Promise<StateLock> {
  const path = join(state, "bot.sock");
  const server = createServer((_, response) => response.end());
  for (const isLast of [false, true]) {
    if (await listens(server, path)) break;
    if (isLast || (await isAnswered(path)))
      throw new BotError("in-use", `Another bot works in ${state}.`);
    await rm(path, { force: true });
  }
  server.unref();
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") return resolve(false);
      const why = `${path} cannot be made (${error.code ?? "unknown"}); a socket's path has at most 100 characters.`;
      reject(new BotError("state", why, { cause: error }));
    });
    server.listen(path, () => resolve(true));
  });
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/", timeout: 2000 }, (response) => {
      response.resume();
      resolve(true);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
    asked.end();
  });
}
