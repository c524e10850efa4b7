import type { BotOutcome, BotRequest, InstalledApp } from "#app";
import type { Hint } from "./hint.ts";
import type { Environment } from "./settings.ts";
import type { Job, JobOutcome } from "./work-queue.ts";

/** What every job is given. */
export interface Bench {
  readonly app: InstalledApp;
  readonly state: string;
  readonly env: Environment;
  readonly now: () => Date;
  readonly toolVersion: string;
}

/** Does one job: each is a use case, and what was told by the event is only where to look. */
export async function doJob(
  bench: Bench,
  { hint, delivery }: Job,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const request: BotRequest = { ...bench, repository: hint.repository, delivery };
  const app = await import("#app");
  switch (hint.kind) {
    case "request":
      return followed(hint, await app.checkRequest({ ...request, pr: hint.pr }, signal));
    case "group":
      return followed(hint, await app.checkGroup({ ...request, ...hint }, signal));
    case "comment":
      return followed(hint, await app.answerComment({ ...request, ...hint }, signal));
    case "closed":
      await app.forgetRequest({ ...request, pr: hint.pr }, signal);
      return { outcome: "done" };
    case "pushed":
      return lookAt(hint, await app.openRequests(request, signal));
    case "again":
      return lookAt(hint, await app.requestsAt(request, hint.head, signal));
    case "removed":
      await app.forgetRepository(request);
      return { outcome: "done" };
  }
}

function followed(
  { repository, pr }: Hint & { readonly pr: number },
  outcome: BotOutcome,
): JobOutcome {
  switch (outcome.kind) {
    case "ignored":
      return { outcome: "ignored", reason: outcome.reason };
    case "checked":
      return { outcome: "done" };
    case "answered":
      return lookAt({ repository }, outcome.again ? [pr] : []);
  }
}

function lookAt({ repository }: Pick<Hint, "repository">, numbers: readonly number[]): JobOutcome {
  return {
    outcome: "done",
    more: numbers.map((pr) => ({ kind: "request", repository, pr })),
  };
}
