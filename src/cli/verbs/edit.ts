import type { Command } from "@commander-js/extra-typings";
import type { EditAnswer } from "#app";
import { sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import { UsageError, type Context } from "../options.ts";
import type { Run } from "../work.ts";

/** The verbs that edit promotion files: the smallest change, comments and order kept (contract §4). */
export function addEdits(program: Command, run: Run): void {
  addRegister(program, run);
  addPromote(program, run);
  addRetire(program, run, "deprecate");
  addRetire(program, run, "retire");
  addRollback(program, run);
}

function addRegister(program: Command, run: Run): void {
  program
    .command("register")
    .description("write a version into a promotion file, which is made where there is none")
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .option("--digest <digest>", "the manifest's digest")
    .option("--tag <tag>", "a tag of the source, resolved once, now")
    .option(
      "--from <version>",
      "a listed version whose digest it has (a candidate released by retag)",
    )
    .option("--kind <kind>", "what it is (a new file needs it)")
    .option("--source <ref>", "the repository that it comes from (a new file needs it)")
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        const given = [options.digest, options.tag, options.from].filter(
          (option) => option !== undefined,
        );
        if (given.length !== 1)
          throw new UsageError("register needs exactly one of --digest, --tag and --from");
        const { register } = await import("#app");
        const { root, registriesFile, restrictPaths, shell } = context;
        const { env, folder } = shell;
        const request = { root, folder, registriesFile, restrictPaths, env, artifact, ...options };
        return sayEdit(context, await register(request, signal));
      }),
    );
}

function addPromote(program: Command, run: Run): void {
  program
    .command("promote")
    .description("add channels to a version")
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .requiredOption("--to <channels>", "one or more channels, comma-separated")
    .option("--environment <environment>", "only the channels' sites of this environment")
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        const { promote } = await import("#app");
        const channels = options.to.split(",").map((channel) => channel.trim());
        const request = {
          root: context.root,
          artifact,
          channels,
          environment: options.environment,
        };
        return sayEdit(context, await promote(request, signal));
      }),
    );
}

function addRetire(program: Command, run: Run, verb: "deprecate" | "retire"): void {
  program
    .command(verb)
    .description(
      verb === "retire"
        ? "end a version's life: it is withdrawn everywhere"
        : "discourage a version: it stays where it is",
    )
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .requiredOption("--reason <text>", "why")
    .action((artifact, { reason }, command) =>
      run(command, async (context, signal) => {
        const { retire } = await import("#app");
        return sayEdit(
          context,
          await retire({ root: context.root, artifact, reason, verb }, signal),
        );
      }),
    );
}

function addRollback(program: Command, run: Run): void {
  program
    .command("rollback")
    .description("pin moving tags of a channel to an older version")
    .argument("<artifact>", "PROJECT/NAME")
    .requiredOption("--channel <channel>", "the channel whose tags are pinned")
    .option("--to <version>", "the version that they should name")
    .option("--reason <text>", "why")
    .option("--tag <tag>", "only this moving tag")
    .option("--until <time>", "when it should be looked at again (RFC 3339)")
    .option("--lift", "take the pins away again")
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        const isLift = options.lift === true;
        if (!isLift && (options.to === undefined || options.reason === undefined)) {
          throw new UsageError("rollback needs --to VERSION and --reason TEXT, or --lift");
        }
        if (isLift && [options.to, options.reason, options.until].some((it) => it !== undefined)) {
          throw new UsageError("--lift takes pins away, and goes with --channel and --tag alone");
        }
        const { rollback } = await import("#app");
        const request = {
          root: context.root,
          now: context.shell.now(),
          artifact,
          ...options,
          lift: isLift,
        };
        return sayEdit(context, await rollback(request, signal));
      }),
    );
}

/** Says what was edited: the file, and what changed in it; nothing where it was so already. */
export function sayEdit(context: Context, edit: EditAnswer): number {
  switch (edit.kind) {
    case "refused":
      sayDiagnostics(context, edit.diagnostics);
      return 2;
    case "unchanged":
    case "written": {
      const changed = edit.kind === "written";
      if (context.format === "json") sayJson(context, { file: edit.file, changed });
      else context.shell.out(changed ? `${edit.file}\n` : "");
      sayNote(context, edit.sentence);
      return 0;
    }
  }
}
