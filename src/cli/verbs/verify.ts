import type { Command } from "@commander-js/extra-typings";
import { verifyJson, verifyMarkdown, verifyText } from "#report";
import { keepHeapSmall } from "../heap.ts";
import { UsageError } from "../options.ts";
import { sayBeside, sayDiagnostics, sayNote, sayResult } from "../speak.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";

/** `waybill verify`: whether what is there is what the policy allows, and every reason (issue 5 §3). */
export function addVerify(program: Command, run: Run): void {
  program
    .command("verify")
    .description("say whether the policy allows an artifact, with every piece of evidence")
    .argument("[ref-or-artifact]", "REF, or PROJECT/NAME[@VERSION]")
    .option("--all", "everything; of a named artifact its retired versions too")
    .option("--channel <channel>", "only this channel, listed or not (default: each that it lists)")
    .option("--policy-from <rev>", "by the policy of a revision, and say what would turn")
    .option("--project <project>", "of a REF that no promotion holds: its project")
    .option("--name <name>", "of a REF that no promotion holds: its name")
    .option("--kind <kind>", "of a REF that no promotion holds: its kind")
    .action((target, options, command) =>
      run(command, async (context, signal) => {
        const { all = false, policyFrom, channel, project, name, kind } = options;
        if (target === undefined && !all)
          throw new UsageError("verify needs a REF, an ARTIFACT or --all");
        keepHeapSmall();
        const { verify } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const where = { root, folder: shell.folder, env: shell.env, registriesFile, restrictPaths };
        const what = { target, all, channel, project, name, kind, policyFrom };
        const asked = { ...where, ...what, now: shell.now(), toolVersion: VERSION };
        const answer = await verify(asked, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayBeside(context, answer.diagnostics);
        const { decisions, turned, document, findings, exitCode } = answer;
        const page = { decisions, turned, whole: context.verbose };
        await sayResult(context, {
          text: () => verifyText(page, context.out),
          markdown: () => verifyMarkdown(page),
          document: () => verifyJson(document, turned),
          findings: [...answer.diagnostics, ...findings],
        });
        return exitCode;
      }),
    );
}
