import { PINS, usesPin } from "./pins.ts";
import { checkOut, runTool, step, type Lines, type Tool } from "./tool.ts";

/** Reads what GitHub says happened, and holds no secret unless the pull request is the repository's own. */
const IS_OWN =
  "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository";

/**
 * A group of a merge queue may hold many pull requests: its base is further back than one commit. The numbers are texts,
 * because to an expression the number 0 is false.
 */
const DEPTH = "${{ github.event_name == 'merge_group' && '0' || '2' }}";

/** The name of the artifact by which a plan goes on to other jobs. */
export const PLAN_ARTIFACT = "waybill-plan";

/** What an approval of something destructive is compared with (issue 6 §3). */
const STATEMENT_ARTIFACT = "waybill-statement";

/** The jobs of the check of a pull request: the plan, which only reads, and the comment, which holds no registry credential. */
export function planJobs(tool: Tool, name: string): Lines {
  return [...planJob(tool, name), "", ...commentJob(tool)];
}

const MERGE_RESULT = { name: "Check out what the merge would give, as data", depth: DEPTH };

function planJob(tool: Tool, name: string): Lines {
  return [
    "  plan:",
    `    name: ${name}`,
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 15",
    "    permissions:",
    "      contents: read",
    ...(tool.kind === "action"
      ? [
          "    # Credentials in this environment only read. A fork's pull request gets none of them.",
          "    environment: { name: waybill-plan, deployment: false }",
        ]
      : []),
    ...(tool.kind === "own"
      ? ["    outputs:", "      channels: ${{ steps.plan.outputs.channels }}"]
      : []),
    "    steps:",
    ...checkOut(tool, MERGE_RESULT),
    ...runTool(tool, {
      id: "plan",
      command: "plan",
      ...(tool.kind === "action" && { registries: true }),
    }),
    ...keepPlan(PLAN_ARTIFACT),
  ];
}

/** Leaves the plan to jobs that come after, under a name. */
export function keepPlan(name: string): Lines {
  return step({
    name: "Keep the plan for the comment, and for who approves it",
    if: "${{ !cancelled() }}",
    uses: usesPin(PINS.uploadArtifact),
    with: {
      name,
      path: "${{ runner.temp }}/waybill/",
      "if-no-files-found": "ignore",
      "retention-days": "30",
    },
  });
}

function commentJob(tool: Tool): Lines {
  return [
    "  comment:",
    "    needs: plan",
    "    # A fork's token cannot write: its author reads the job's summary.",
    `    if: \${{ !cancelled() && ${IS_OWN} }}`,
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 10",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write",
    "      actions: read # the plan, and earlier plans that reviews were about",
    "    steps:",
    // Who approved is a question about the history of the head, back to where it began.
    ...checkOut(tool, { ...MERGE_RESULT, depth: "0" }),
    ...getPlan(PLAN_ARTIFACT),
    ...runTool(tool, { command: "report" }),
    ...step({
      name: "Keep what reviewers see from now on",
      // A run again must not replace it: an approval is worth what was there before it.
      "continue-on-error": "true",
      uses: usesPin(PINS.uploadArtifact),
      with: {
        name: STATEMENT_ARTIFACT,
        path: "${{ runner.temp }}/waybill/statement.json",
        "if-no-files-found": "ignore",
        "retention-days": "90",
      },
    }),
  ];
}

/** Brings the plan of the job before. */
export function getPlan(name: string): Lines {
  return step({
    uses: usesPin(PINS.downloadArtifact),
    with: { name, path: "${{ runner.temp }}/waybill/" },
  });
}
