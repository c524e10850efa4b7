import { APPROVAL_CHECK, PLAN_CHECK } from "../../pr/check-names.ts";
import { reviewJobs } from "./approval.ts";
import type { Lines } from "./tool.ts";

/** Path → text. */
export type Files = ReadonlyMap<string, string>;

/** The names of the two checks, which branch rules ask for (issue 6 §1). */
export const CHECKS: readonly [string, string] = [PLAN_CHECK, APPROVAL_CHECK];

const FOLDER = ".github/workflows";

/** A workflow file before it is text. */
export interface Workflow {
  readonly file: string;
  readonly says: string;
  readonly name: string;
  readonly on: Lines;
  readonly concurrency?: Lines;
  readonly jobs: Lines;
}

/** What events start the checks: everything that makes another merge result or another verdict, drafts included. */
export const ON_PULL_REQUEST: Lines = [
  "  pull_request:",
  "    types: [opened, synchronize, reopened, ready_for_review, edited]",
  "  merge_group:",
  "    types: [checks_requested]",
];

/** Of one pull request, only the newest run. */
export const NEWEST: Lines = [
  "concurrency:",
  "  group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.ref }}",
  "  cancel-in-progress: true",
];

/**
 * A new comment; what somebody edits into one is nobody's word. GitHub runs it as the default branch has it. zizmor finds
 * the event itself dangerous, because many run a pull request's code under it: ours checks none out to run.
 */
export const ON_COMMENT: Lines = [
  "  # Nothing of a pull request is run, and who may is asked of GitHub.",
  "  issue_comment: # zizmor: ignore[dangerous-triggers]",
  "    types: [created]",
];

export const ON_SCHEDULE: Lines = [
  "  schedule:",
  '    - cron: "17 3 * * *"',
  "  workflow_dispatch:",
];

/** What was merged, and a button. */
export function onMerge(branch: string): Lines {
  return ["  push:", `    branches: [${branch}]`, "  workflow_dispatch:"];
}

export const REVIEW: Workflow = {
  file: "waybill-review.yml",
  says: "A review makes the check `waybill / approval` look again.",
  name: "waybill review",
  on: ["  pull_request_review:", "    types: [submitted, edited, dismissed]"],
  jobs: reviewJobs(),
};

/** The files of some workflows. */
export function filesOf(workflows: readonly Workflow[]): Files {
  return new Map(workflows.map((one) => [`${FOLDER}/${one.file}`, textOf(one)]));
}

function textOf({ says, name, on, concurrency, jobs }: Workflow): string {
  const parts = [
    [`# ${says}`, `name: ${name}`],
    ["on:", ...on],
    ["permissions: {}"],
    ...(concurrency === undefined ? [] : [concurrency]),
    ["jobs:", ...jobs],
  ];
  return `${joined(parts).join("\n")}\n`;
}

/** Parts with an empty line between them. */
export function joined(parts: readonly Lines[]): Lines {
  return parts.flatMap((part, index) => (index === 0 ? part : ["", ...part]));
}
