import { approvalJobs } from "./approval.ts";
import { applyBody, recordJob, type ChannelStep } from "./apply.ts";
import { chatJobs } from "./chat.ts";
import { planJobs } from "./plan.ts";
import type { Lines, Tool } from "./tool.ts";
import { driftJobs } from "./watch.ts";
import type { WorkflowOptions } from "./write.ts";
import {
  filesOf,
  joined,
  NEWEST,
  ON_COMMENT,
  ON_PULL_REQUEST,
  ON_SCHEDULE,
  onMerge,
  REVIEW,
  type Files,
} from "./workflow.ts";

const TOOL: Tool = { kind: "own" };

/** Our reusable workflows. Whoever calls them names the job `waybill`, and the checks have their names. */
export function reusableWorkflows(): Files {
  return filesOf([
    {
      file: "plan.yml",
      says: "Reusable: the check `plan` of a pull request, and its comment.",
      name: "plan",
      on: [
        "  workflow_call:",
        "    outputs:",
        "      channels:",
        "        description: The channels that the plan has work in, as a JSON list",
        "        value: ${{ jobs.plan.outputs.channels }}",
      ],
      jobs: planJobs(TOOL, "plan"),
    },
    {
      file: "approval.yml",
      says: "Reusable: the check `approval` of a pull request.",
      name: "approval",
      on: ["  workflow_call:"],
      jobs: approvalJobs(TOOL, "approval"),
    },
    {
      file: "apply.yml",
      says: "Reusable: does what was merged, in one channel.",
      name: "apply",
      on: [
        "  workflow_call:",
        "    inputs:",
        "      channel:",
        "        description: The channel",
        "        type: string",
        "        required: true",
      ],
      jobs: joined([
        ["  apply:", "    name: apply", ...applyBody(TOOL, "${{ inputs.channel }}")],
        recordJob(TOOL, ["apply"]),
      ]),
    },
    {
      file: "drift.yml",
      says: "Reusable: looks at everything, and keeps one issue true about it.",
      name: "drift",
      on: ["  workflow_call:"],
      jobs: driftJobs(TOOL),
    },
    {
      file: "chat.yml",
      says: "Reusable: answers a comment on a pull request.",
      name: "chat",
      on: ["  workflow_call:"],
      jobs: chatJobs(TOOL),
    },
  ]);
}

/** What calls them in this repository, under the names that `waybill init --github` gives. */
export function ownWorkflows({ channels, branch }: WorkflowOptions): Files {
  return filesOf([
    {
      file: "waybill-plan.yml",
      says: "What a pull request would change, in this repository's own promotions.",
      name: "waybill plan",
      on: ON_PULL_REQUEST,
      concurrency: NEWEST,
      jobs: call("plan", ["contents: read", "pull-requests: write", "actions: read"]),
    },
    {
      file: "waybill-approval.yml",
      says: "Whether a pull request may take effect.",
      name: "waybill approval",
      on: ON_PULL_REQUEST,
      concurrency: NEWEST,
      jobs: call("approval", [
        "contents: read",
        "pull-requests: read",
        "actions: read",
        "checks: read",
      ]),
    },
    REVIEW,
    {
      file: "waybill-apply.yml",
      says: "Does what was merged: one job a channel, in the order of its channels.",
      name: "waybill apply",
      on: onMerge(branch),
      jobs: joined([
        call("plan", ["contents: read", "pull-requests: write", "actions: read"]),
        ...channels.map(callApply),
      ]),
    },
    {
      file: "waybill-drift.yml",
      says: "Looks every night whether the stores still hold what git says. It changes nothing.",
      name: "waybill drift",
      on: ON_SCHEDULE,
      jobs: call("drift", ["contents: read", "issues: write"]),
    },
    {
      file: "waybill-chat.yml",
      says: "Answers `/waybill …` in a comment on a pull request.",
      name: "waybill chat",
      on: ON_COMMENT,
      jobs: call("chat", ["contents: read", "pull-requests: write", "actions: write"]),
    },
  ]);
}

function call(workflow: string, permissions: Lines): Lines {
  return [
    `  ${workflow}:`,
    "    name: waybill",
    "    permissions:",
    ...permissions.map((permission) => `      ${permission}`),
    `    uses: ./.github/workflows/${workflow}.yml`,
  ];
}

function callApply({ name, after }: ChannelStep): Lines {
  return [
    `  ${name}:`,
    `    name: ${name}`,
    `    needs: [${["plan", ...after].join(", ")}]`,
    `    if: \${{ !cancelled() && contains(fromJSON(needs.plan.outputs.channels || '[]'), '${name}') }}`,
    "    permissions:",
    "      contents: write",
    "      pull-requests: write",
    "      issues: write",
    "      deployments: write",
    "      actions: read",
    "      checks: read",
    "      id-token: write",
    "    uses: ./.github/workflows/apply.yml",
    "    with:",
    `      channel: ${name}`,
  ];
}
