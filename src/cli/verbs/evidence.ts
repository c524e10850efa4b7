import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Option, type Command } from "@commander-js/extra-typings";
import { UsageError, type Context } from "../options.ts";
import { sayDiagnostics, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

const FORMS = ["bundle", "dsse", "att"] as const;
const TYPES = ["vsa", "promotion", "notes"] as const;

/** `waybill evidence export`: our own statements as files that other programs take (issue 5 §5). */
export function addEvidence(program: Command, run: Run): void {
  program
    .command("evidence")
    .description("take our own statements out of a store")
    .command("export")
    .description(
      "write one statement of ours: for cosign 3, for slsa-verifier and openssl, or for cosign 2",
    )
    .argument("<digest-or-artifact>", "a digest, or PROJECT/NAME@VERSION")
    .option("--channel <channel>", "about this channel")
    .option("--site <site>", "at this site")
    .addOption(new Option("--type <type>", "which of them").choices(TYPES))
    .addOption(
      new Option("--as <form>", "a Sigstore bundle, its bare envelope, or an older attestation")
        .choices(FORMS)
        .makeOptionMandatory(),
    )
    .option("--out <file>", "a file instead of stdout")
    .action((target, options, command) =>
      run(command, async (context, signal) => {
        const { exportEvidence } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const { channel, site, type, as, out } = options;
        const asked = { target, channel, site, type, as };
        const where = { root, registriesFile, restrictPaths, env: shell.env, now: shell.now() };
        const answer = await exportEvidence({ ...where, ...asked }, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        if (out === undefined) shell.out(answer.bytes.toString("utf8"));
        else await write(context, out, answer.bytes);
        sayNote(context, `note: ${answer.what}`);
        return 0;
      }),
    );
}

async function write({ shell }: Context, file: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(resolve(shell.folder, file), bytes);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`--out ${file} cannot be written (${why})`, { cause });
  }
}
