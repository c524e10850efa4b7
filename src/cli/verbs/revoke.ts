import type { Command } from "@commander-js/extra-typings";
import { UsageError } from "../options.ts";
import type { Run } from "../work.ts";
import { PR_OPTION, sayEditOrProposal } from "./propose.ts";

/** `waybill revoke`: what is not eligible for new use, in `policies/revocations.yaml` (contract §4). */
export function addRevoke(program: Command, run: Run): void {
  program
    .command("revoke")
    .description("say that a version, digest, authority or key is not to be used any more")
    .argument("[target]", "PROJECT/NAME@VERSION, PROJECT/NAME with --versions, or a digest")
    .option("--versions <range>", "the versions of the artifact, such as '>=1.4.0 <1.4.2'")
    .option("--authority <name>", "an authority of policies/trust.yaml")
    .option("--key <file>", "a public key in PEM")
    .requiredOption("--reason <text>", "why")
    .option("--reference <url>", "where more is written")
    .option("--at <time>", "since when (RFC 3339): signatures with an earlier trusted time stand")
    .option(...PR_OPTION)
    .action((target, options, command) =>
      run(command, async (context, signal) => {
        const { authority, key, versions } = options;
        const named = [target, authority, key].filter((each) => each !== undefined);
        if (named.length !== 1)
          throw new UsageError(
            "revoke needs exactly one of an artifact or digest, --authority and --key",
          );
        if (versions !== undefined && target === undefined)
          throw new UsageError("--versions goes with PROJECT/NAME alone");
        const { revoke } = await import("#app");
        const request = { now: context.shell.now(), target, ...options };
        const what = target ?? authority ?? key ?? "";
        const artifact = target?.includes("/") === true ? target : undefined;
        return sayEditOrProposal(
          context,
          {
            pr: options.pr,
            artifact,
            step: artifact === undefined ? `revoke/${wordOf(what)}` : "revoke",
            title: `Revoke ${what}: ${options.reason}`,
            edit: (root) => revoke({ ...request, root, folder: context.shell.folder }, signal),
          },
          signal,
        );
      }),
    );
}

/** A digest, an authority or a file as one part of a branch's name. */
function wordOf(text: string): string {
  return text
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 100);
}
