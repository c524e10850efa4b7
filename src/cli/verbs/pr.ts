import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import type { ApprovalAnswer } from "#app";
import { plain } from "#report";
import { sayOutputs } from "../github.ts";
import { UsageError, type Context } from "../options.ts";
import { sayJson, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

const MAX_BYTES = 512 * 1024 * 1024;

/** `waybill pr` and `waybill approval`: what a pull request is told, and whether it may take effect (issue 6 §2, §3). */
export function addPr(program: Command, run: Run): void {
  const pr = program.command("pr").description("speak with a pull request");
  pr.command("report")
    .description("keep the one comment of a pull request current")
    .requiredOption("--plan <file>", "what `plan --format github --out FILE` wrote")
    .requiredOption("--pr <number>", "the pull request", numberOf)
    .option("--id <word>", "which of several Waybills of one repository this is", "waybill")
    .option("--statement <file>", "write down what reviewers see from now on")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const check = await readText(context, options.plan);
        const { reportRequest } = await import("#app");
        const { root, shell } = context;
        const answer = await reportRequest(
          {
            root,
            env: shell.env,
            pr: options.pr,
            check,
            instance: wordOf(options.id),
            now: () => shell.now(),
          },
          signal,
        );
        if (options.statement !== undefined && answer.statement !== undefined)
          await writeFile(resolve(shell.folder, options.statement), `${answer.statement}\n`);
        await sayOutput(context, "comment-url", answer.url ?? "");
        if (context.format === "json")
          sayJson(context, { pr: options.pr, outcome: answer.outcome, url: answer.url ?? null });
        else if (answer.url !== undefined) shell.out(`${answer.url}\n`);
        if (answer.outcome === "superseded")
          sayNote(context, "The pull request moved on: a newer run reports.");
        return 0;
      }),
    );
  program
    .command("approval")
    .description("say whether a pull request is approved, and who must still say so")
    .requiredOption("--pr <number>", "the pull request", numberOf)
    .option("--status", "set the commit status `waybill / approval` too")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { approval } = await import("#app");
        const { root, shell } = context;
        const answer = await approval(
          {
            root,
            env: shell.env,
            pr: options.pr,
            now: () => shell.now(),
            status: options.status ?? false,
          },
          signal,
        );
        sayApproval(context, answer);
        return answer.exitCode;
      }),
    );
}

function numberOf(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new UsageError(`--pr ${text}: expected a number`);
  return Number(text);
}

/** A word that names one of several set-ups of one repository. */
export function wordOf(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text))
    throw new UsageError(`--id ${text}: expected a word of letters and digits`);
  return text;
}

async function readText({ shell }: Context, file: string): Promise<string> {
  try {
    const path = resolve(shell.folder, file);
    if ((await stat(path)).size > MAX_BYTES) throw new UsageError(`${file} is too large`);
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`--plan ${file} cannot be read (${why})`, { cause });
  }
}

/** One output of a step of Actions; a value that is no line is written so that it stays one value. */
export async function sayOutput({ shell }: Context, name: string, value: string): Promise<void> {
  const file = shell.env["GITHUB_OUTPUT"];
  if (file === undefined || file === "") return;
  if (/[\r\n]/.test(value)) await sayOutputs(shell, new Map([[name, value]]));
  else await appendFile(file, `${name}=${value}\n`);
}

function sayApproval(context: Context, { pr, head, verdict, conflicts }: ApprovalAnswer): void {
  const { status, requirements, refusals, approvals, uncounted, overrides, notes } = verdict;
  if (context.format === "json") {
    return sayJson(context, {
      schema: "waybill.dev/approval/v1",
      pr,
      head,
      status: conflicts ? "refused" : status,
      conflicts,
      requirements: requirements.map(
        ({ requirement, by, missing, candidates, rights, ...rest }) => ({
          kind: requirement.kind,
          what: requirement.what,
          status: rest.status,
          by,
          missing,
          candidates,
          rights,
        }),
      ),
      refusals: refusals.map(({ code, message, hint }) => ({ code, message, hint })),
      approvals: approvals.map(({ login, reviewId, commit }) => ({ login, reviewId, commit })),
      notCounted: uncounted.map(({ login, reviewId, why }) => ({ login, reviewId, why })),
      overrides: overrides.map(({ limit, channel, site, value, reason, expires }) => ({
        limit,
        channel,
        ...(site !== undefined && { site }),
        ...(value !== undefined && { value }),
        reason,
        expires,
      })),
      notes,
    });
  }
  const lines = [
    conflicts ? "It conflicts with its base, and nobody can tell what was approved." : SAID[status],
    ...refusals.map(({ message, hint }) => `- ${message} To do: ${hint}.`),
    ...requirements.map(({ requirement, missing, by, candidates, rights }) => {
      const have = by.length === 0 ? "" : ` (${by.join(", ")})`;
      if (rights.length > 0)
        return `- ${requirement.what}: unknown, the token cannot read ${rights.join(", ")}`;
      if (missing === 0) return `- ${requirement.what}: approved${have}`;
      const who = candidates.length === 0 ? "" : ` of ${candidates.slice(0, 10).join(", ")}`;
      return `- ${requirement.what}: ${missing} more${who}${have}`;
    }),
    ...uncounted.map(({ login, why }) => `- ${login} does not count: ${why}`),
    ...notes.map((note) => `- ${note}`),
  ];
  context.shell.out(lines.map((line) => `${plain(line)}\n`).join(""));
}

const SAID = {
  approved: "Approved.",
  waiting: "Waits for approval.",
  refused: "Refused.",
} as const;
