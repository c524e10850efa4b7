import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { plain } from "#report";
import { UsageError, type Context } from "../options.ts";
import { sayJson, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";
import { sayOutput, wordOf } from "./pr.ts";

/** GitHub caps payloads at 25 MB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** `waybill chat`: answers a comment on a pull request (issue 6 §5). What it says never reaches a shell. */
export function addChat(program: Command, run: Run): void {
  program
    .command("chat")
    .description("answer the /waybill command in a comment on a pull request")
    .requiredOption("--event <file>", "the delivery of issue_comment, as a job finds it")
    .option("--id <word>", "which of several Waybills of one repository this is", "waybill")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { actionsHost, answerChat, chatCommentIn } = await import("#app");
        const { root, shell } = context;
        const asked = chatCommentIn(await readPayload(context, options.event));
        const answer =
          asked === undefined
            ? ({ kind: "ignored", why: "it is no new comment on a pull request" } as const)
            : await answerChat(
                {
                  root,
                  env: shell.env,
                  asked,
                  instance: wordOf(options.id),
                  now: () => shell.now(),
                  host: (place) => actionsHost(place),
                },
                signal,
              );
        const isHeard = answer.kind !== "ignored";
        await sayOutput(context, "merge", (isHeard ? answer.plan : undefined) ?? "");
        await sayOutput(context, "comment-url", (isHeard ? answer.url : undefined) ?? "");
        if (context.format === "json") {
          sayJson(
            context,
            isHeard ? { ...answer, plan: answer.plan ?? null, url: answer.url ?? null } : answer,
          );
        } else if (isHeard) {
          shell.out(answer.says.map((line) => `${plain(line)}\n`).join(""));
        } else sayNote(context, `Nothing to answer: ${answer.why}.`);
        // A command that is refused was answered: the person reads why in the comment, and the job did its work.
        return 0;
      }),
    );
}

async function readPayload({ shell }: Context, file: string): Promise<unknown> {
  try {
    const path = resolve(shell.folder, file);
    if ((await stat(path)).size > MAX_BYTES) throw new UsageError(`${file} is too large`);
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (cause instanceof SyntaxError) throw new UsageError(`${file} is not JSON`, { cause });
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`--event ${file} cannot be read (${why})`, { cause });
  }
}
