import type { Command } from "@commander-js/extra-typings";
import type { NotesAnswer } from "#app";
import { notesDocument, notesMarkdown, notesText } from "#report";
import { UsageError, type Context } from "../options.ts";
import { sayDiagnostics, sayNote, sayResult } from "../speak.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";
import { signingOf } from "./apply-options.ts";

/** `waybill notes`: what a version brings, from the pull requests of its source repository (issue 6 §5). */
export function addNotes(program: Command, run: Run): void {
  program
    .command("notes")
    .description("tell what a version brings, from the merged pull requests of its source")
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .option("--channel <channel>", "compared with the version that this channel had before")
    .option("--since <version>", "compared with this version")
    .option("--attach", "sign them, and attach them wherever the channel holds the version")
    .option("--sign-key <key>", "sign with env:NAME, file:PATH or exec:COMMAND")
    .option("--identity-token-file <file>", "sign keyless, with the OpenID token in this file")
    .option("--fulcio-url <url>", "who certifies that identity")
    .option("--rekor-url <url>", "the log (Rekor v1) that signatures are put into")
    .option("--tsa-url <url>", "the authority (RFC 3161) that says when they were made")
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        if (options.attach === true && options.channel === undefined)
          throw new UsageError("--attach needs --channel");
        const { notes } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const { channel, since: against } = options;
        const signing = { ...signingOf(options), folder: shell.folder, toolVersion: VERSION };
        const attach = options.attach === true ? signing : undefined;
        const where = { root, registriesFile, restrictPaths, env: shell.env };
        const asked = { artifact, channel, against, attach, now: () => shell.now() };
        return say(context, await notes({ ...where, ...asked }, signal));
      }),
    );
}

async function say(context: Context, answer: NotesAnswer): Promise<number> {
  if (answer.kind === "invalid") {
    sayDiagnostics(context, answer.diagnostics);
    return 2;
  }
  const { notes, attached, exitCode } = answer;
  await sayResult(context, {
    text: () => notesText(notes),
    markdown: () => notesMarkdown(notes),
    document: () => notesDocument(notes),
    findings: [],
  });
  for (const { site, repository, status, message } of attached)
    sayNote(
      context,
      `${status === "failed" ? "not attached" : status} at ${site}: ${repository} (${message})`,
    );
  return exitCode;
}
