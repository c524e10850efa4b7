import { fileDeployments } from "./deployments.ts";
import { keepFailureIssue } from "./failure-issue.ts";
import { commentOutcome } from "./comment-outcome.ts";
import type { MergeRequest, Telling } from "./request.ts";

/**
 * Tells the forge what became of a merge: the comment of each pull request, a deployment for each channel and site, and
 * the one failure issue (issue 6 §4). The registries are finished by now: what the forge does not take is said, and the
 * same run again tells it once more. False: not all of it was told.
 */
export async function tell(
  request: MergeRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<boolean> {
  const { forge } = telling.place;
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ...telling.sources.map((source): readonly [string, () => Promise<void>] => [
      `the comment of pull request ${source.pullRequest?.number ?? ""}`,
      () => commentOutcome(request, telling, source, signal),
    ]),
    ["the deployments", () => fileDeployments(request, telling, signal)],
    ["the failure issue", () => keepFailureIssue(request, telling, signal)],
  ];
  let isTold = true;
  for (const [what, step] of steps) isTold = (await attempted(request, what, step)) && isTold;
  if (!isTold) request.note(`Run it again to tell ${forge.repository}: nothing is applied twice.`);
  return isTold;
}

async function attempted(
  { note }: MergeRequest,
  what: string,
  step: () => Promise<void>,
): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    note(`Applied, but ${what} could not be written: ${wordsOf(error)}`);
    return false;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
