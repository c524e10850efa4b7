import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dropCheck } from "./kept-checks.ts";
import { cloneFolder, openWorkroom, REQUESTS, type BotRequest } from "./workroom.ts";

/** A push to the base concerns every open pull request; more of them are not planned again for one push. */
const MOST_AGAIN = 20;

/** The pull requests that the bot looked at and knows to be open, newest first: what a moved base makes stale. */
export async function openRequests(
  request: BotRequest,
  signal: AbortSignal,
): Promise<readonly number[]> {
  return (await known(request, signal)).map(([pr]) => pr).slice(0, MOST_AGAIN);
}

/** The pull requests whose head is a commit: GitHub does not tell them of a fork's (issue 6 §6, re-run). */
export async function requestsAt(
  request: BotRequest,
  head: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  return (await known(request, signal)).flatMap(([pr, commit]) => (commit === head ? [pr] : []));
}

async function known(
  request: BotRequest,
  signal: AbortSignal,
): Promise<readonly (readonly [number, string])[]> {
  const room = await openWorkroom(request, signal);
  const references = (await room?.clone.references(REQUESTS)) ?? new Map<string, string>();
  return [...references]
    .map(([name, commit]) => [Number(name), commit] as const)
    .filter(([pr]) => Number.isSafeInteger(pr) && pr > 0)
    .toSorted(([a], [b]) => b - a);
}

/** Forgets a pull request that was closed or merged. What happened on its merge is told by whoever applies. */
export async function forgetRequest(
  request: BotRequest & { readonly pr: number },
  signal: AbortSignal,
): Promise<void> {
  await dropCheck(request);
  const room = await openWorkroom(request, signal);
  await room?.clone.forget(`${REQUESTS}${request.pr}`);
}

/** Takes away all that is kept of a repository that the App was taken out of. */
export async function forgetRepository({
  state,
  repository,
}: Pick<BotRequest, "state" | "repository">): Promise<void> {
  await rm(cloneFolder(state, repository), { recursive: true, force: true });
  await rm(join(state, "checks", repository.toLowerCase()), { recursive: true, force: true });
}
