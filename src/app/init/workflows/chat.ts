import { getPlan, keepPlan, PLAN_ARTIFACT } from "./plan.ts";
import { checkOut, runTool, type Lines, type Tool } from "./tool.ts";

/** The merge that a comment asked to plan: a commit that the tool looked up, and nothing that somebody wrote. */
const MERGE = "${{ needs.chat.outputs.merge }}";

/** The commit is in the name, so that the next answer finds the plan of what is there. */
const ASKED_ARTIFACT = `${PLAN_ARTIFACT}-${MERGE}`;

/**
 * The jobs that answer a comment (decision 0018). What it says is read from the event's file, and never by a shell. They
 * run as the default branch has them; of the pull request there is only data, and no job that plans it may write.
 */
export function chatJobs(tool: Tool): Lines {
  return [...answerJob(tool), "", ...askedPlanJob(tool), "", ...askedCommentJob(tool)];
}

function answerJob(tool: Tool): Lines {
  return [
    "  chat:",
    "    name: chat",
    "    # The tool reads the line, and asks GitHub who may; this only starts no job for any other comment.",
    "    if: ${{ github.event.issue.pull_request && startsWith(github.event.comment.body, '/waybill') }}",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 15",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write # the answer, and the reaction",
    "      actions: write # runs checks again, and starts an apply",
    "    outputs:",
    "      merge: ${{ steps.chat.outputs.merge }}",
    "    steps:",
    ...checkOut(tool, { name: "Check out the default branch", depth: "0" }),
    ...runTool(tool, { id: "chat", command: "chat" }),
  ];
}

const MERGE_RESULT = {
  name: "Check out what the merge would give, as data",
  depth: "2",
  ref: MERGE,
};

function askedPlanJob(tool: Tool): Lines {
  return [
    "  plan:",
    "    name: plan what was asked for",
    "    needs: chat",
    "    if: ${{ needs.chat.outputs.merge != '' }}",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 15",
    "    permissions:",
    "      contents: read",
    ...(tool.kind === "action"
      ? [
          "    # Somebody who may write asked for it, so that a fork's pull request is planned with these, too.",
          "    environment: { name: waybill-plan, deployment: false }",
        ]
      : []),
    "    steps:",
    ...checkOut(tool, MERGE_RESULT),
    ...runTool(tool, {
      command: "plan",
      with: { since: "HEAD^1" },
      ...(tool.kind === "action" && { registries: true }),
    }),
    ...keepPlan(ASKED_ARTIFACT),
  ];
}

function askedCommentJob(tool: Tool): Lines {
  return [
    "  comment:",
    "    name: tell what was asked for",
    "    needs: [chat, plan]",
    "    if: ${{ !cancelled() && needs.chat.outputs.merge != '' }}",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 10",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write",
    "    steps:",
    ...checkOut(tool, { ...MERGE_RESULT, depth: "0" }),
    ...getPlan(ASKED_ARTIFACT),
    ...runTool(tool, { command: "report" }),
  ];
}
