import type { DoctorFinding } from "#model";
import { CHECKS } from "../init/workflows/workflow.ts";
import { change, fine, isSo } from "./finding.ts";

/** A workflow file, read. */
export interface WorkflowText {
  readonly path: string;
  readonly text: string;
  /** As plain data; undefined where it cannot be read. */
  readonly data: unknown;
}

/** What the workflows of the work tree let happen, whoever wrote them. */
export function workflowFindings(
  workflows: readonly WorkflowText[],
  channels: readonly string[],
): readonly DoctorFinding[] {
  const jobs = workflows.flatMap(jobsIn);
  const unread = workflows.filter(({ data }) => data === undefined).map(({ path }) => path);
  return [
    ...(unread.length > 0
      ? [change("workflow-files", `${unread.join(", ")} cannot be read.`, "mend the YAML")]
      : []),
    pinsFinding(workflows),
    triggersFinding(workflows),
    ...checkJobs(jobs),
    planJobFinding(jobs),
    jobsOfChannels(jobs, channels),
  ];
}

interface WorkflowJob {
  readonly path: string;
  readonly name: string | undefined;
  readonly uses: string | undefined;
  readonly isGuarded: boolean;
  /** Whether its token may push; undefined: the workflow does not say, and the repository's settings decide. */
  readonly mayPush: boolean | undefined;
  readonly environment: string | undefined;
  /** Its inputs, or those of a step: the channel that it applies. */
  readonly channels: readonly string[];
}

type Fields = ReadonlyMap<string, unknown>;

function jobsIn({ path, data }: WorkflowText): readonly WorkflowJob[] {
  return [...fieldsOf(fieldsOf(data).get("jobs")).values()].map((value) => {
    const job = fieldsOf(value);
    const steps = job.get("steps");
    const inputs = [job, ...(Array.isArray(steps) ? steps.map(fieldsOf) : [])].map((one) =>
      fieldsOf(one.get("with")),
    );
    const environment = job.get("environment");
    return {
      path,
      name: textOf(job.get("name")),
      uses: textOf(job.get("uses")),
      isGuarded: job.get("if") !== undefined,
      mayPush: mayPush(job.get("permissions") ?? fieldsOf(data).get("permissions")),
      environment: textOf(environment) ?? textOf(fieldsOf(environment).get("name")),
      channels: inputs.flatMap((one) => textOf(one.get("channel")) ?? []),
    };
  });
}

/** A word for all rights, or right by right: what is not named is then not given. */
function mayPush(permissions: unknown): boolean | undefined {
  if (typeof permissions === "string") return permissions !== "read-all";
  if (typeof permissions !== "object" || permissions === null) return undefined;
  return fieldsOf(permissions).get("contents") === "write";
}

function pinsFinding(workflows: readonly WorkflowText[]): DoctorFinding {
  const loose = workflows.flatMap(({ path, text }) =>
    [...text.matchAll(/^\s*(?:- )?uses:\s*["']?([^\s"'#]+)/gm)]
      .map(([, uses = ""]) => uses)
      .filter(
        (uses) => !uses.startsWith("./") && !/@(?:sha256:[0-9a-f]{64}|[0-9a-f]{40})$/.test(uses),
      )
      .map((uses) => `${uses} in ${path}`),
  );
  return isSo("pins", loose.length === 0, {
    yes: "Every action is pinned by its commit.",
    no: `What runs can be changed by somebody else: ${loose.slice(0, 10).join(", ")}.`,
    toDo: "write the 40 digits of a commit that you looked at after the @",
  });
}

const DANGEROUS = ["pull_request_target", "workflow_run"];

function triggersFinding(workflows: readonly WorkflowText[]): DoctorFinding {
  const found = workflows.flatMap(({ path, data }) =>
    DANGEROUS.filter((trigger) => isTriggeredBy(data, trigger)).map((name) => `${name} in ${path}`),
  );
  return isSo("triggers", found.length === 0, {
    yes: "No workflow runs with secrets on behalf of a pull request.",
    no: `Somebody's pull request can reach rights and secrets of the base: ${found.join(", ")}.`,
    toDo: "use pull_request, and an App where comments on forks are wanted",
  });
}

function isTriggeredBy(data: unknown, trigger: string): boolean {
  const on = fieldsOf(data).get("on");
  return on === trigger || (Array.isArray(on) ? on.includes(trigger) : fieldsOf(on).has(trigger));
}

function checkJobs(jobs: readonly WorkflowJob[]): readonly DoctorFinding[] {
  return CHECKS.map((name) => {
    const code = `job-${name.replace("waybill / ", "")}`;
    const job = jobs.find((one) => reports(one, name));
    if (job === undefined)
      return change(code, `No job reports ${name}.`, "waybill init --github writes one");
    return isSo(code, !job.isGuarded, {
      yes: `${job.path} reports ${name}, whatever a pull request is about.`,
      no: `${name} is skipped where its condition says so, which GitHub takes for success.`,
      toDo: `remove the if of that job in ${job.path}`,
    });
  });
}

/** By its own name, or as the job of a reusable workflow that a job named `waybill` calls. */
function reports(job: WorkflowJob, check: string): boolean {
  const [caller, called] = check.split(" / ");
  if (job.name === check) return true;
  return (
    job.name === caller && job.uses?.includes(`/.github/workflows/${called ?? ""}.yml`) === true
  );
}

/** Whoever sees what a pull request brings has nothing that could change the repository. */
function planJobFinding(jobs: readonly WorkflowJob[]): DoctorFinding {
  const job = jobs.find((one) => reports(one, CHECKS[0]));
  if (job === undefined) return change("plan-job", "There is no job that plans.", "see job-plan");
  return isSo("plan-job", job.mayPush === false, {
    yes: "The job that plans cannot push.",
    no: `The job that plans a pull request may push: ${job.path}.`,
    toDo: "say permissions: { contents: read } in that job",
  });
}

function jobsOfChannels(jobs: readonly WorkflowJob[], channels: readonly string[]): DoctorFinding {
  const applied = new Set(jobs.flatMap((job) => job.channels));
  const without = channels.filter((name) => !applied.has(name));
  return without.length === 0
    ? fine("channel-jobs", "Each channel has a job that applies it.")
    : change(
        "channel-jobs",
        `Nothing applies ${without.join(", ")}: what is merged there is never done.`,
        "move the workflow away and let waybill init --github write it, or add the job",
      );
}

function fieldsOf(value: unknown): Fields {
  return new Map(
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [],
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
