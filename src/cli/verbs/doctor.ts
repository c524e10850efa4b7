import type { Command } from "@commander-js/extra-typings";
import { doctorDocument, doctorText } from "#report";
import { sayJson } from "../speak.ts";
import type { Run } from "../work.ts";

/** `waybill doctor`: checks set-up and rights, prints what to change (contract §4). */
export function addDoctor(program: Command, run: Run): void {
  program
    .command("doctor")
    .description(
      "check branch rules, checks, environments, rights and workflows, and say what to change",
    )
    .action((_options, command) =>
      run(command, async (context, signal) => {
        const { doctor } = await import("#app");
        const { root, shell } = context;
        const answer = await doctor({ root, env: shell.env }, signal);
        if (context.format === "json") sayJson(context, doctorDocument(answer));
        else shell.out(doctorText(answer, context.out));
        return answer.exitCode;
      }),
    );
}
