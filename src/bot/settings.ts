import { readFile } from "node:fs/promises";
import { BotError } from "./bot-error.ts";
import { readCredentials, type Credentials } from "./state-folder.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a person typed or set, besides the state folder. */
export interface AppSettings {
  readonly state: string;
  readonly env: Environment;
  /** `--app-id`, before WAYBILL_GITHUB_APP_ID. */
  readonly appId: string | undefined;
}

/**
 * The App that the bot is: of the environment, else the one that was set up in the state folder; undefined where there is
 * none yet. A key or secret is written as it is, or as `file:PATH`.
 * @throws {BotError} `settings`
 */
export async function findCredentials(settings: AppSettings): Promise<Credentials | undefined> {
  const { env, state } = settings;
  const appId = settings.appId ?? given(env, "WAYBILL_GITHUB_APP_ID");
  const [privateKey, webhookSecret] = await Promise.all([
    secretIn(env, "WAYBILL_GITHUB_APP_KEY"),
    secretIn(env, "WAYBILL_GITHUB_WEBHOOK_SECRET"),
  ]);
  if (appId === undefined && privateKey === undefined && webhookSecret === undefined)
    return readCredentials(state);
  if (appId === undefined || privateKey === undefined || webhookSecret === undefined)
    throw new BotError("settings", "An App is its id, its key and its webhook secret.", {
      hint: "set WAYBILL_GITHUB_APP_ID, WAYBILL_GITHUB_APP_KEY and WAYBILL_GITHUB_WEBHOOK_SECRET, or none of them",
    });
  if (!/^[1-9]\d{0,15}$/.test(appId))
    throw new BotError("settings", "The App's id is a number; GitHub shows it on the App's page.");
  const pem = privateKey.replaceAll(String.raw`\n`, "\n");
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw new BotError("settings", "WAYBILL_GITHUB_APP_KEY is no private key in PEM.", {
      hint: "write file:PATH of the file that GitHub gave you",
    });
  return { appId, privateKey: pem, webhookSecret };
}

function given(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === "" ? undefined : text;
}

/** What cannot be read is told by its name and never by its content. */
async function secretIn(env: Environment, name: string): Promise<string | undefined> {
  const text = given(env, name);
  if (text === undefined || !text.startsWith("file:")) return text;
  try {
    const read = (await readFile(text.slice("file:".length), "utf8")).trim();
    if (read !== "") return read;
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new BotError("settings", `The file of ${name} cannot be read (${why}).`, { cause });
  }
  throw new BotError("settings", `The file of ${name} is empty.`);
}
