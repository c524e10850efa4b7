import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { UsageError } from "../options.ts";
import { sayNote } from "../speak.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100}$/;
/** Beyond the time that jobs have: the journal is written, and connections end. */
const LAST_WORDS_MS = 2_000;

/** `waybill bot`: a GitHub App that plans, comments and checks, without Actions (issue 6 §6). */
export function addBot(program: Command, run: Run): void {
  program
    .command("bot")
    .description("serve as a GitHub App: plan, comment and check pull requests, forks included")
    .requiredOption("--state <dir>", "the bot's own folder, on a disk that stays")
    .option("--port <number>", "where to listen", portOf, 8080)
    .option("--host <address>", "on which address", "127.0.0.1")
    .option("--app-id <number>", "the App (default: WAYBILL_GITHUB_APP_ID, or what was set up)")
    .option("--url <address>", "where GitHub reaches the bot; for the first set-up")
    .option("--organization <login>", "who is to own the App; for the first set-up", loginOf)
    .option("--repository <owner/name...>", "only these (default: where the App is installed)")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { GRACE_MS, serveBot } = await import("#bot");
        const { shell } = context;
        shell.serve?.(GRACE_MS + LAST_WORDS_MS);
        await serveBot(
          {
            state: resolve(shell.folder, options.state),
            host: options.host,
            port: options.port,
            appId: options.appId,
            url: options.url ?? shell.env["WAYBILL_BOT_URL"],
            organization: options.organization,
            repositories: (options.repository ?? []).map(nameOf),
            env: shell.env,
            now: () => shell.now(),
            toolVersion: VERSION,
            log: (line) => sayNote(context, line),
          },
          signal,
        );
        return 0;
      }),
    );
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`--port ${text}: expected a number up to 65535`);
  return port;
}

function loginOf(text: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(text))
    throw new UsageError(`--organization ${text}: expected a login`);
  return text;
}

function nameOf(text: string): string {
  if (!NAME.test(text)) throw new UsageError(`--repository ${text}: expected OWNER/NAME`);
  return text;
}
