import type { Command } from "@commander-js/extra-typings";
import { plain } from "#report";
import { sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

/** `waybill trust update`: renews a trusted root, where there is internet or a mirror (issue 5 §3). */
export function addTrustUpdate(trust: Command, run: Run): void {
  trust
    .command("update")
    .description("fetch a trusted root by TUF and write it, for a pull request; needs a network")
    .option("--mirror <url>", "a TUF repository (default: that of Sigstore's public instance)")
    .option("--root <name>", "which root of policies/trust.yaml (default: the only one)")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { updateTrust } = await import("#app");
        const { root, shell, format } = context;
        const { mirror, root: name } = options;
        const { edit, changes } = await updateTrust(
          { root, now: shell.now(), mirror, name },
          signal,
        );
        if (edit.kind === "refused") {
          sayDiagnostics(context, edit.diagnostics);
          return 2;
        }
        const changed = edit.kind === "written";
        if (format === "json")
          sayJson(context, { file: edit.file, changed, changes: [...changes] });
        else
          shell.out(
            [...(changed ? [edit.file] : []), ...changes]
              .map((line) => `${plain(line)}\n`)
              .join(""),
          );
        sayNote(context, edit.sentence);
        return 0;
      }),
    );
}
