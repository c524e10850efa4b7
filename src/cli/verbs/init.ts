import type { Command } from "@commander-js/extra-typings";
import type { InitAnswer } from "#app";
import { plain } from "#report";
import { UsageError, type Context } from "../options.ts";
import { sayJson, sayNote } from "../speak.ts";
import { RELEASED_ACTION } from "../version.ts";
import type { Run } from "../work.ts";

/** `waybill init`: fills a promotions repository (issue 6 §6, contract §4). */
export function addInit(program: Command, run: Run): void {
  program
    .command("init")
    .description(
      "fill a promotions repository: policies, schemas, workflows; no file is overwritten",
    )
    .option("--github", "write workflows for GitHub Actions")
    .option(
      "--action <owner/repo@sha>",
      "the action that they use (default: the one of this release)",
    )
    .option("--admins <people>", "who may change policies and approves prod: alice#1,bob#2")
    .option("--registry <host/path>", "where artifacts go (default: layouts in ./var)")
    .option("--trust-key <file>", "the public key that signs what may enter prod")
    .option("--example", "an example artifact, and its promotion file")
    .option("--from <words...>", "kpromo DIR: take its manifests as they are")
    .option("--scan <repository...>", "propose a promotion file for each of these repositories")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { init } = await import("#app");
        const { root, shell } = context;
        const answer = await init(
          {
            root,
            folder: shell.folder,
            env: shell.env,
            github: options.github ?? false,
            action: actionOf(options),
            released: RELEASED_ACTION,
            admins: options.admins,
            registry: options.registry,
            trustKey: options.trustKey,
            example: options.example ?? false,
            from: kpromoFolder(options.from),
            scan: options.scan ?? [],
          },
          signal,
        );
        sayInit(context, answer);
        return 0;
      }),
    );
}

function actionOf({
  action,
  github,
}: {
  readonly action?: string | undefined;
  readonly github?: true | undefined;
}): string | undefined {
  if (action !== undefined && github !== true)
    throw new UsageError("--action is for workflows: add --github");
  return action;
}

/** `--from kpromo DIR` */
function kpromoFolder(words: readonly string[] | undefined): string | undefined {
  if (words === undefined) return undefined;
  const [format, folder, ...rest] = words;
  if (format === "kpromo" && folder !== undefined && rest.length === 0) return folder;
  throw new UsageError("--from: expected kpromo DIR");
}

function sayInit(context: Context, { written, kept, notes }: InitAnswer): void {
  if (context.format === "json") return sayJson(context, { written, kept, notes });
  const lines = [
    ...written.map((path) => `  + ${path}`),
    ...kept.map((path) => `    ${path} is there already, and stays as it is`),
  ];
  context.shell.out(lines.map((line) => `${plain(line)}\n`).join(""));
  for (const note of notes) sayNote(context, `note: ${note}`);
  sayNote(
    context,
    "Next: commit it; waybill validate checks it, waybill plan shows what it would do.",
  );
}
