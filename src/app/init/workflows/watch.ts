import { checkOut, runTool, type Lines, type Tool } from "./tool.ts";

/** The job that looks at everything, as deep as there is, and keeps one issue true about it; it changes nothing. */
export function driftJobs(tool: Tool): Lines {
  return [
    "  drift:",
    "    name: drift",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 120",
    "    permissions:",
    "      contents: read",
    "      issues: write",
    ...(tool.kind === "action"
      ? ["    environment: { name: waybill-plan, deployment: false }"]
      : []),
    "    steps:",
    ...checkOut(tool, { name: "Check out what is merged", depth: "0" }),
    ...runTool(tool, {
      command: "drift",
      ...(tool.kind === "action" && { registries: true }),
    }),
  ];
}

/** The job that answers a comment. What the comment says is read from the event's file, and never by a shell. */
export function chatJobs(tool: Tool): Lines {
  return [
    "  chat:",
    "    name: chat",
    "    if: ${{ github.event.issue.pull_request && startsWith(github.event.comment.body, '/waybill ') }}",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 15",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write",
    "      issues: write # reactions to comments",
    "      actions: write # runs checks again",
    "    steps:",
    ...checkOut(tool, { name: "Check out the base", depth: "0" }),
    ...runTool(tool, { command: "chat" }),
  ];
}
