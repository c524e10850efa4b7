import type { JobEvent } from "./event.ts";
import { InputError, type Inputs } from "./inputs.ts";

/** One run of the program: what a person would type after `waybill`. */
export type CommandLine = readonly string[];

export interface Job {
  readonly inputs: Inputs;
  readonly event: JobEvent;
  /** Where the plan is written for the steps and jobs that come after. */
  readonly planFile: string;
  /** Where it is said what reviewers see from then on. */
  readonly statementFile: string;
  /** Where an apply leaves its record, and the records that other jobs left. */
  readonly recordFile: string;
  readonly records: readonly string[];
}

/** What `command:` may say, each with the command lines that it stands for. */
const COMMANDS: ReadonlyMap<string, (job: Job) => readonly CommandLine[]> = new Map([
  ["validate", (job) => [line(job, ["validate", ...given("--base", sinceOf(job))])]],
  ["plan", planLines],
  ["report", (job) => [reportLine(job)]],
  ["approval", (job) => [line(job, ["approval", `--pr=${requestOf(job)}`])]],
  ["apply", (job) => [applyLine(job)]],
  ["record", recordLines],
  ["chat", (job) => [chatLine(job)]],
  ["drift", (job) => [line(job, ["drift", `--out=${job.planFile}`])]],
]);

/**
 * The command lines that a step stands for: what a job does is what a person can type (decision 0014). Values are joined
 * to their options, so that one that begins with a dash is still a value.
 * @throws {InputError} for a command that there is not
 */
export function commandLines(job: Job): readonly CommandLine[] {
  const { command } = job.inputs;
  const lines = COMMANDS.get(command);
  if (lines === undefined)
    throw new InputError(`command: ${command}: expected one of ${[...COMMANDS.keys()].join(", ")}`);
  return lines(job);
}

function planLines(job: Job): readonly CommandLine[] {
  const since = sinceOf(job);
  const scope = since === undefined && !isProposal(job) ? ["--all"] : given("--since", since);
  const plan = line(job, ["plan", ...scope, `--out=${job.planFile}`]);
  const tells = job.inputs.comment && job.event.name === "pull_request" && !job.event.isFork;
  return tells ? [plan, reportLine(job)] : [plan];
}

/** A merge with nothing to do leaves no record. */
function recordLines(job: Job): readonly CommandLine[] {
  return job.records.length === 0 ? [] : [line(job, ["record", "--push", ...job.records])];
}

function reportLine(job: Job): CommandLine {
  const { planFile, statementFile } = job;
  const files = [`--plan=${planFile}`, `--statement=${statementFile}`];
  return line(job, ["pr", "report", ...files, `--pr=${requestOf(job)}`]);
}

/** What the comment says stays in the event's file: it comes near no command line. */
function chatLine(job: Job): CommandLine {
  const { file } = job.event;
  if (file === undefined) throw new InputError("command: chat: the job has no event to read");
  return line(job, ["chat", `--event=${file}`]);
}

function requestOf({ inputs, event }: Job): number {
  if (event.pullRequest !== undefined) return event.pullRequest;
  throw new InputError(
    `command: ${inputs.command}: the event ${event.name} is about no pull request`,
  );
}

/** What was merged is what was approved: a job has nobody to ask, and no scope of its own (issue 6 §4). */
function applyLine(job: Job): CommandLine {
  const { channel } = job.inputs;
  return line(job, [
    "apply",
    "--on-merge",
    `--record-out=${job.recordFile}`,
    ...given("--channel", channel),
  ]);
}

/** What a group of a merge queue stands on, may be several pull requests back: HEAD^1 would see the last one alone. */
function sinceOf({ inputs, event }: Job): string | undefined {
  return inputs.since ?? event.groupBase;
}

/** Something that is asked for and not merged yet; `plan` looks at what it changes. */
function isProposal({ event }: Job): boolean {
  return event.name.startsWith("pull_request") || event.name === "merge_group";
}

function line({ inputs }: Job, words: readonly string[]): CommandLine {
  const globals = [
    ...given("--directory", inputs.directory),
    ...given("--registries", inputs.registries),
  ];
  return [...globals, "--format=github", ...words];
}

function given(option: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${option}=${value}`];
}
