import type { Account } from "#model";
import type { Forge } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import { graphAccount, type GraphAccount } from "./accounts.ts";
import { branchesOf } from "./branches.ts";
import { checksOf } from "./checks.ts";
import { createClient, type GitHubClient, type LimitWait } from "./client.ts";
import { commentsOf } from "./comments.ts";
import type { GitHubCredential } from "./credential.ts";
import { deploymentsOf } from "./deployments.ts";
import { DOCUMENTS } from "./documents.ts";
import { issuesOf } from "./issues.ts";
import { mergedBetween } from "./merged-between.ts";
import { createPause } from "./pause.ts";
import { peopleOf } from "./people.ts";
import type { GitHubPlace } from "./place.ts";
import { pullRequestsOf } from "./pull-requests.ts";
import { runsOf } from "./runs.ts";
import { settingsOf } from "./settings.ts";

export interface GitHubOptions {
  readonly place: GitHubPlace;
  readonly credential: GitHubCredential;
  /** False sends writes without the second between them that GitHub asks for: for a GitHub that is none. */
  readonly pace?: boolean | undefined;
  /** How long a limit may hold us up before it is a failure; a minute and a half where not said. */
  readonly waitAtMostMs?: number | undefined;
  readonly onWait?: ((wait: LimitWait) => void) | undefined;
  /** What one step of the wait before a retry of a failed read is worth; a second where not said. */
  readonly retryStepMs?: number | undefined;
  /** How long one answer may take; half a minute where not said. */
  readonly answerMs?: number | undefined;
  readonly userAgent?: string | undefined;
}

const WAIT_AT_MOST_MS = 90_000;

/** Opens a repository on GitHub; the client is loaded by the first one. */
export async function openGitHub(options: GitHubOptions): Promise<Forge> {
  const { createOctokits } = await import("./octokit.ts");
  const { place, credential, pace = true, retryStepMs = 1000, userAgent = "waybill" } = options;
  const pause = createPause();
  const { answerMs } = options;
  const shared = { place, credential, pause, pace, retryStepMs, userAgent, answerMs };
  const client = createClient({
    ...createOctokits(shared),
    graphql: place.graphql,
    owner: place.owner,
    name: place.name,
    host: new URL(place.api).host,
    secret: credential.kind === "token" ? credential.token : undefined,
    pause,
    waitAtMostMs: options.waitAtMostMs ?? WAIT_AT_MOST_MS,
    onWait: options.onWait,
  });
  return forgeOf(client, place);
}

function forgeOf(client: GitHubClient, place: GitHubPlace): Forge {
  const whoAmI = remembered((signal: AbortSignal) => askWhoAmI(client, signal));
  const repository = `${place.owner}/${place.name}`;
  return {
    repository,
    url: `${place.server}/${repository}`,
    whoAmI,
    pullRequests: pullRequestsOf(client),
    comments: commentsOf(client),
    checks: checksOf(client, whoAmI),
    people: peopleOf(client),
    branches: branchesOf(client),
    deployments: deploymentsOf(client),
    issues: issuesOf(client, whoAmI),
    runs: runsOf(client),
    settings: settingsOf(client),
    mergedBetween: (range, signal) => mergedBetween(client, range, signal),
  };
}

/** By GraphQL: REST's `/user` answers no installation token, which GITHUB_TOKEN is too. */
async function askWhoAmI(client: GitHubClient, signal: AbortSignal): Promise<Account> {
  const ask = { to: "read whose token this is", right: "metadata: read" };
  const query = { document: DOCUMENTS.viewer, variables: {} };
  const { viewer } = await client.graphql<{ readonly viewer: GraphAccount }>(ask, query, signal);
  const account = graphAccount(viewer);
  if (account !== undefined) return account;
  throw new ForgeError({
    code: "invalid-answer",
    message: "GitHub names no account for the token.",
  });
}

/** Asks once; a failure is not remembered. */
function remembered<T>(
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let known: { readonly value: T } | undefined;
  return async (signal) => {
    known ??= { value: await ask(signal) };
    return known.value;
  };
}
