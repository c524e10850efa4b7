import { PINS, usesPin } from "./pins.ts";
import { checkOut, runTool, step, type Lines, type Tool } from "./tool.ts";

/** A channel with the channels that have to come before it. */
export interface ChannelStep {
  readonly name: string;
  readonly after: readonly string[];
}

const MERGED = { name: "Check out what was merged", depth: "0" };

/** The job that says which channels have work, so that nobody is asked about a channel without any. */
export function findWorkJob(tool: Tool): Lines {
  return [
    "  plan:",
    "    name: find work",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 30",
    "    permissions:",
    "      contents: read",
    "    environment: { name: waybill-plan, deployment: false }",
    "    outputs:",
    "      channels: ${{ steps.plan.outputs.channels }}",
    "    steps:",
    ...checkOut(tool, MERGED),
    ...runTool(tool, { id: "plan", command: "plan", registries: true }),
  ];
}

/** One job of one channel: its own credentials, its own reviewers, and its own queue. */
export function applyJob(tool: Tool, { name, after }: ChannelStep): Lines {
  return [
    `  ${name}:`,
    `    name: apply ${name}`,
    `    needs: [${["plan", ...after].join(", ")}]`,
    "    # What is not done in one channel holds back what needs it, artifact by artifact, and no job.",
    `    if: \${{ !cancelled() && contains(fromJSON(needs.plan.outputs.channels || '[]'), '${name}') }}`,
    ...applyBody(tool, name),
  ];
}

/** What the job of a channel is made of; the channel may be an expression of a reusable workflow. */
export function applyBody(tool: Tool, channel: string): Lines {
  return [
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 360",
    `    environment: waybill-${channel}`,
    "    # All runs, one after the other: a run that waits for its reviewer is not replaced by the next.",
    "    concurrency:",
    `      group: waybill-${channel}`,
    "      queue: max",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write # the outcome, in the comment",
    "      issues: write # what is left undone",
    "      deployments: write",
    "      actions: read # the plans that were approved",
    "      checks: read",
    "      id-token: write # signs what was done, and logs in where a registry takes it",
    "    steps:",
    ...checkOut(tool, MERGED),
    ...runTool(tool, { command: "apply", with: { channel }, registries: true, app: true }),
    ...step({
      name: "Keep what was planned and done",
      if: "${{ !cancelled() }}",
      uses: usesPin(PINS.uploadArtifact),
      with: {
        name: `waybill-result-${channel}`,
        path: "${{ runner.temp }}/waybill/",
        "if-no-files-found": "ignore",
        "retention-days": "90",
      },
    }),
  ];
}

/** The job that writes what was done into git's notes: it may push, and holds no registry credential. */
export function recordJob(tool: Tool, channels: readonly string[]): Lines {
  return [
    "  record:",
    "    name: keep the record",
    `    needs: [${channels.join(", ")}]`,
    "    if: ${{ !cancelled() }}",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 10",
    "    permissions:",
    "      contents: write # refs/notes/waybill",
    "      actions: read",
    "    steps:",
    ...checkOut(tool, MERGED),
    ...step({
      uses: usesPin(PINS.downloadArtifact),
      with: {
        pattern: "waybill-result-*",
        path: "${{ runner.temp }}/waybill/",
      },
    }),
    ...runTool(tool, { command: "record" }),
  ];
}
