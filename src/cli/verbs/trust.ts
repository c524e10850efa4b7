import type { Command } from "@commander-js/extra-typings";
import { ruleDocument, ruleText, trustDocument, trustText } from "#report";
import type { Context } from "../options.ts";
import { sayBeside, sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";
import { addTrustRender } from "./trust-render.ts";
import { addTrustUpdate } from "./trust-update.ts";

/** `waybill trust`: what the policy in force says (issue 5 §6). */
export function addTrust(program: Command, run: Run): void {
  const trust = program
    .command("trust")
    .description("show and explain the trust policy that is in force");
  trust
    .command("show")
    .description("whom it believes, how old its roots are, and its rules at a glance")
    .action((_options, command) =>
      run(command, async (context, signal) => {
        const { showTrust } = await import("#app");
        const answer = await showTrust(requestOf(context), signal);
        if (answer.kind === "invalid") return invalid(context, answer.diagnostics);
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayBeside(context, answer.diagnostics);
        if (context.format === "json") sayJson(context, trustDocument(answer.overview));
        else context.shell.out(trustText(answer.overview, context.out));
        return 0;
      }),
    );
  trust
    .command("explain")
    .description("what one rule asks, of whom, and what happens where it is not met")
    .argument("<rule>", "the rule's name")
    .action((name, _options, command) =>
      run(command, async (context, signal) => {
        const { ruleNamed, showTrust } = await import("#app");
        const answer = await showTrust(requestOf(context), signal);
        if (answer.kind === "invalid") return invalid(context, answer.diagnostics);
        const { rule, policy } = ruleNamed(answer.overview, name);
        if (context.format === "json") sayJson(context, ruleDocument(rule, policy));
        else context.shell.out(ruleText(rule, policy, context.out));
        return 0;
      }),
    );
  addTrustUpdate(trust, run);
  addTrustRender(trust, run);
}

function requestOf({ root, restrictPaths, shell }: Context): {
  readonly root: string;
  readonly restrictPaths: boolean;
  readonly now: Date;
} {
  return { root, restrictPaths, now: shell.now() };
}

function invalid(context: Context, diagnostics: Parameters<typeof sayDiagnostics>[1]): number {
  sayDiagnostics(context, diagnostics);
  return 2;
}
