import type { Command } from "@commander-js/extra-typings";
import { sayBeside, sayDiagnostics, sayJson } from "../speak.ts";
import type { Run } from "../work.ts";

/** `waybill owners`: what policies/owners.yaml says, for the forge (issue 6 §3). */
export function addOwners(program: Command, run: Run): void {
  program
    .command("owners")
    .description("write a CODEOWNERS that asks, by path, for no less than policies/owners.yaml")
    .requiredOption("--codeowners", "in the format of GitHub's CODEOWNERS, to stdout")
    .action((_options, command) =>
      run(command, async (context, signal) => {
        const { writeCodeowners } = await import("#app");
        const { root, restrictPaths } = context;
        const answer = await writeCodeowners({ root, restrictPaths }, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        sayBeside(context, answer.diagnostics);
        const { text } = answer;
        if (context.format === "json")
          sayJson(context, { schema: "waybill.dev/codeowners/v1", text });
        else context.shell.out(text);
        return 0;
      }),
    );
}
