import { approvalJobs } from "./approval.ts";
import { applyJob, findWorkJob, recordJob, type ChannelStep } from "./apply.ts";
import { chatJobs } from "./chat.ts";
import { planJobs } from "./plan.ts";
import type { Tool } from "./tool.ts";
import { driftJobs } from "./watch.ts";
import {
  CHECKS,
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

export interface WorkflowOptions {
  /** In an order in which each comes after those that it needs. */
  readonly channels: readonly ChannelStep[];
  readonly branch: string;
}

/** The workflows of a promotions repository that uses the released action (`waybill init --github`). */
export function workflowsFor(tool: Tool, { channels, branch }: WorkflowOptions): Files {
  const names = channels.map(({ name }) => name);
  return filesOf([
    {
      file: "waybill-plan.yml",
      says: "What a pull request would change. `waybill / plan` always reports: no paths, no drafts left out.",
      name: "waybill plan",
      on: ON_PULL_REQUEST,
      concurrency: NEWEST,
      jobs: planJobs(tool, CHECKS[0]),
    },
    {
      file: "waybill-approval.yml",
      says: "Whether a pull request may take effect. `waybill / approval` always reports.",
      name: "waybill approval",
      on: ON_PULL_REQUEST,
      concurrency: NEWEST,
      jobs: approvalJobs(tool, CHECKS[1]),
    },
    REVIEW,
    {
      file: "waybill-apply.yml",
      says: "Does what was merged: one job a channel, in the order of its channels.",
      name: "waybill apply",
      on: onMerge(branch),
      jobs: joined([
        findWorkJob(tool),
        ...channels.map((channel) => applyJob(tool, channel)),
        recordJob(tool, names),
      ]),
    },
    {
      file: "waybill-drift.yml",
      says: "Looks every night whether registries still hold what git says. It changes nothing.",
      name: "waybill drift",
      on: ON_SCHEDULE,
      jobs: driftJobs(tool),
    },
    {
      file: "waybill-chat.yml",
      says: "Answers `/waybill …` in a comment on a pull request.",
      name: "waybill chat",
      on: ON_COMMENT,
      jobs: chatJobs(tool),
    },
  ]);
}
