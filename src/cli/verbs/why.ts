import type { Command } from "@commander-js/extra-typings";
import { whyDocument, whyText } from "#report";
import { sayBeside, sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";

/** `waybill why`: what a version still needs to be in a channel, and who can supply it (issue 5 §6). */
export function addWhy(program: Command, run: Run): void {
  program
    .command("why")
    .description("one page: what a channel asks of a version, what is missing, and who can fix it")
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .argument("<channel>", "the channel")
    .option("--site <site>", "at this site of the channel")
    .action((artifact, channel, { site }, command) =>
      run(command, async (context, signal) => {
        const { why } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const where = { root, registriesFile, restrictPaths, env: shell.env };
        const what = { artifact, channel, site, now: shell.now(), toolVersion: VERSION };
        const answer = await why({ ...where, ...what }, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayBeside(context, answer.diagnostics);
        const { question, why: told, exitCode } = answer;
        if (context.format === "json") sayJson(context, whyDocument(question, told));
        else context.shell.out(whyText(question, told, context.out));
        return exitCode;
      }),
    );
}
