import { Option, type Command } from "@commander-js/extra-typings";
import type { RenderTarget } from "#report";
import type { Context } from "../options.ts";
import { sayBeside, sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

/** `waybill trust talos` and `trust policy`: a rule in another tool's words (002-78). */
export function addTrustRender(trust: Command, run: Run): void {
  trust
    .command("talos")
    .description("write a rule as an ImageVerificationConfig of Talos")
    .requiredOption("--rule <name>", "the rule")
    .action((options, command) =>
      run(command, (context, signal) => render(context, { ...options, target: "talos" }, signal)),
    );
  trust
    .command("policy")
    .description("write a rule as a policy of another tool, and say what that cannot express")
    .requiredOption("--rule <name>", "the rule")
    .addOption(
      new Option("--for <tool>", "the tool")
        .choices(["kyverno", "policy-controller", "containers-policy"])
        .makeOptionMandatory(),
    )
    .action((options, command) =>
      run(command, (context, signal) =>
        render(context, { rule: options.rule, target: options.for }, signal),
      ),
    );
}

async function render(
  context: Context,
  { rule, target }: { readonly rule: string; readonly target: RenderTarget },
  signal: AbortSignal,
): Promise<number> {
  const { renderOneRule } = await import("#app");
  const { root, restrictPaths, shell } = context;
  const answer = await renderOneRule(
    { root, restrictPaths, now: shell.now(), rule, target },
    signal,
  );
  if (answer.kind === "invalid") {
    sayDiagnostics(context, answer.diagnostics);
    return 2;
  }
  sayBeside(context, answer.diagnostics);
  const { text, cannot } = answer.rendered;
  if (context.format === "json") sayJson(context, { rule, for: target, text, cannot: [...cannot] });
  else shell.out(text);
  // YAML says it in comments; JSON has none.
  if (context.format !== "json" && target === "containers-policy")
    for (const each of cannot) sayNote(context, `not said here: ${each}`);
  return 0;
}
