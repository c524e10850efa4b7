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
