import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { UsageError, type Context } from "../options.ts";
import { sayDiagnostics, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** `waybill record` and `waybill reapprove`: what a merge's apply leaves behind, and what covers the rest (issue 6 §4). */
export function addRecord(program: Command, run: Run): void {
  program
    .command("record")
    .description("add the records that runs left in files to the notes of their commits")
    .argument("<files...>", "what `apply --on-merge --record-out FILE` wrote")
    .option("--push", "share them through origin, joined with what is there")
    .action((files, options, command) =>
      run(command, async (context, signal) => {
        const texts = new Map<string, string>();
        for (const file of files) texts.set(file, await readText(context, file));
        const { shareRecords } = await import("#app");
        const { root, shell } = context;
        const push = options.push ?? false;
        const request = { root, env: shell.env, now: () => shell.now(), push, files: texts };
        const count = await shareRecords(request, signal);
        sayNote(context, `Kept ${count} ${count === 1 ? "record" : "records"}.`);
        return 0;
      }),
    );
  program
    .command("reapprove")
    .description("open the pull request that covers what no approved merge asks for")
    .requiredOption("--pr", "as a pull request: there is no other way to be approved")
    .option("--channel <channel>", "only this channel")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { reapprove } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const answer = await reapprove(
          {
            root,
            registriesFile,
            restrictPaths,
            env: shell.env,
            now: () => shell.now(),
            channel: options.channel,
            deep: false,
            note: (sentence) => sayNote(context, `note: ${sentence}`),
          },
          signal,
        );
        switch (answer.kind) {
          case "invalid":
            sayDiagnostics(context, answer.diagnostics);
            return 2;
          case "nothing":
            sayNote(context, "Everything that is left to do is covered; nothing was opened.");
            return 0;
          case "proposed": {
            const { branch, commit, base, url } = answer;
            shell.out(`${JSON.stringify({ branch, commit, base, url })}\n`);
            return 0;
          }
        }
      }),
    );
}

async function readText({ shell }: Context, file: string): Promise<string> {
  try {
    const path = resolve(shell.folder, file);
    if ((await stat(path)).size > MAX_BYTES) throw new UsageError(`${file} is too large`);
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`${file} cannot be read (${why})`, { cause });
  }
}
