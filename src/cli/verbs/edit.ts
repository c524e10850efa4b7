import type { Command } from "@commander-js/extra-typings";
import { UsageError } from "../options.ts";
import type { Run } from "../work.ts";
import { folderIn, PR_OPTION, sayEditOrProposal } from "./propose.ts";

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
    .option("--to <channels>", "promote it at once to one or more channels, comma-separated")
    .option(...PR_OPTION)
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        const given = [options.digest, options.tag, options.from].filter(
          (option) => option !== undefined,
        );
        if (given.length !== 1)
          throw new UsageError("register needs exactly one of --digest, --tag and --from");
        const { register } = await import("#app");
        const { registriesFile, restrictPaths, shell } = context;
        const channels = options.to === undefined ? [] : channelsIn(options.to);
        const where = { registriesFile, restrictPaths, env: shell.env };
        const request = { ...where, artifact, ...options, channels };
        const to = channels.length === 0 ? "" : ` for ${channels.join(", ")}`;
        return sayEditOrProposal(
          context,
          {
            pr: options.pr,
            artifact,
            step: channels.length === 0 ? "register" : channels.join("+"),
            title: `Register ${artifact}${to}`,
            edit: (root) => {
              const folder = folderIn(root, context);
              return register({ ...request, root, storesRoot: context.root, folder }, signal);
            },
          },
          signal,
        );
      }),
    );
}

function channelsIn(text: string): readonly string[] {
  return text.split(",").map((channel) => channel.trim());
}

function addPromote(program: Command, run: Run): void {
  program
    .command("promote")
    .description("add channels to a version")
    .argument("<artifact>", "PROJECT/NAME@VERSION")
    .requiredOption("--to <channels>", "one or more channels, comma-separated")
    .option("--environment <environment>", "only the channels' sites of this environment")
    .option(...PR_OPTION)
    .action((artifact, options, command) =>
      run(command, async (context, signal) => {
        const { promote } = await import("#app");
        const channels = channelsIn(options.to);
        const { environment, pr } = options;
        return sayEditOrProposal(
          context,
          {
            pr,
            artifact,
            step: channels.join("+"),
            title: `Promote ${artifact} to ${channels.join(", ")}`,
            edit: (root) => promote({ root, artifact, channels, environment }, signal),
          },
          signal,
        );
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
    .option(...PR_OPTION)
    .action((artifact, { reason, pr }, command) =>
      run(command, async (context, signal) => {
        const { retire } = await import("#app");
        return sayEditOrProposal(
          context,
          {
            pr,
            artifact,
            step: verb,
            title: `${verb === "retire" ? "Retire" : "Deprecate"} ${artifact}: ${reason}`,
            edit: (root) => retire({ root, artifact, reason, verb }, signal),
          },
          signal,
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
    .option(...PR_OPTION)
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
        const request = { now: context.shell.now(), artifact, ...options, lift: isLift };
        const { channel, to } = options;
        return sayEditOrProposal(
          context,
          {
            pr: options.pr,
            artifact,
            step: `rollback-${channel}`,
            title: isLift
              ? `End the rollback of ${artifact} in ${channel}`
              : `Roll ${artifact} back to ${to ?? ""} in ${channel}: ${options.reason ?? ""}`,
            edit: (root) => rollback({ ...request, root }, signal),
          },
          signal,
        );
      }),
    );
}
