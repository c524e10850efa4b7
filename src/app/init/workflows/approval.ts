import { checkOut, runTool, step, type Lines, type Tool } from "./tool.ts";

/** The job that is the check `waybill / approval`: it reads reviews, and never a registry. */
export function approvalJobs(tool: Tool, name: string): Lines {
  return [
    "  approval:",
    `    name: ${name}`,
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 10",
    "    permissions:",
    "      contents: read",
    "      pull-requests: read",
    "      actions: read # the plans that reviews were about",
    "      checks: read",
    "    steps:",
    ...checkOut(tool, {
      name: "Check out what the merge would give, with the history that reviews name",
      depth: "0",
    }),
    ...runTool(tool, { command: "approval" }),
  ];
}

/**
 * The job that makes the check look again after a review. A check of its own would stand beside the failed one and not
 * in its place: GitHub keeps the runs of each event apart, and all of them have to pass.
 */
export function reviewJobs(): Lines {
  return [
    "  again:",
    "    name: look again at the approvals",
    "    # A fork's token may not: there the button of the failed check does the same.",
    "    if: github.event.pull_request.head.repo.full_name == github.repository",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 15",
    "    permissions:",
    "      actions: write # runs the check again",
    "    steps:",
    ...step({
      env: {
        GH_TOKEN: "${{ github.token }}",
        GH_REPO: "${{ github.repository }}",
        HEAD: "${{ github.event.pull_request.head.sha }}",
      },
      run: [
        "newest() {",
        '  gh run list --workflow "$1" --commit "$HEAD" --event pull_request \\',
        "    --limit 1 --json databaseId --jq '.[0].databaseId // empty'",
        "}",
        "run=$(newest waybill-approval.yml)",
        'test -n "$run" || { echo "::error::the check has not run for this commit"; exit 1; }',
        "# One that still runs has to end first, and may have read the reviews too early.",
        'gh run watch "$run" --interval 5 >/dev/null',
        'gh run rerun "$run"',
        "# The comment says who must still approve; its job alone runs again, with the same plan.",
        "run=$(newest waybill-plan.yml)",
        'test -n "$run" || exit 0',
        'job=$(gh run view "$run" --json jobs --jq \\',
        "  '[.jobs[] | select(.name | endswith(\"comment\")) | .databaseId][0] // empty')",
        'test -z "$job" || gh run rerun --job "$job"',
      ].join("\n"),
    }),
  ];
}
