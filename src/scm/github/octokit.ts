import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { GitHubCredential } from "./credential.ts";
import type { Pause } from "./pause.ts";
import type { GitHubPlace } from "./place.ts";

/** The version of GitHub's REST API whose answers this room reads; Octokit names none by itself. */
const API_VERSION = "2022-11-28";
/** No single answer takes longer; the wait in a queue of ours does not count. */
const ANSWER_MS = 30_000;

export interface OctokitOptions {
  readonly place: GitHubPlace;
  readonly credential: GitHubCredential;
  readonly pause: Pause;
  /** False: writes follow each other at once, as tests want them to. */
  readonly pace: boolean;
  readonly userAgent: string;
  /** What one step of the wait before a retry is worth, in milliseconds: the waits are 1, 4 and 9 of it. */
  readonly retryStepMs: number;
  readonly answerMs?: number | undefined;
}

/** Two clients of one account: GraphQL queries are reads, and the throttling plugin takes every POST for a write. */
export interface OctokitPair {
  readonly octokit: Octokit;
  readonly unpaced: Octokit;
}

/** Makes both, with one authentication. */
export function createOctokits(options: OctokitOptions): OctokitPair {
  const octokit = createOctokit(options, authOf(options.credential));
  if (!options.pace) return { octokit, unpaced: octokit };
  const auth = { authStrategy: () => octokit.auth };
  return { octokit, unpaced: createOctokit({ ...options, pace: false }, auth) };
}

/**
 * Makes one client. Limits are not retried by the throttling plugin: it holds back one request while others run on, so
 * `client.ts` waits for all of them at once. What it gives is the pace: one write a second, ten requests at a time.
 */
function createOctokit(options: OctokitOptions, auth: OctokitSettings): Octokit {
  const { place, pause, credential } = options;
  const Paced = Octokit.plugin(deadline(pause, options.answerMs ?? ANSWER_MS), throttling, retry);
  const octokit = new Paced({
    baseUrl: place.api,
    userAgent: options.userAgent,
    log: SILENT,
    throttle: {
      enabled: options.pace,
      // Budgets belong to one account at one host; another's must not slow us.
      id: `${place.api} ${credential.kind === "app" ? `app ${credential.appId}` : credential.from}`,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
    // 429 is a limit, and the pause's business.
    retry: {
      doNotRetry: [400, 401, 403, 404, 409, 410, 413, 422, 429, 451],
      retryAfterBaseValue: options.retryStepMs,
    },
    ...auth,
  });
  octokit.hook.before("request", (request) => {
    request.headers["x-github-api-version"] = API_VERSION;
  });
  return octokit;
}

type OctokitSettings = ConstructorParameters<typeof Octokit>[0];

function authOf(credential: GitHubCredential): OctokitSettings {
  if (credential.kind === "token") return { auth: credential.token };
  const { appId, privateKey, installation } = credential;
  const auth = { appId, privateKey, ...(installation && { installationId: installation }) };
  return { authStrategy: createAppAuth, auth };
}

/**
 * The first plugin, and so near to the wire: what waits in a queue has not begun to be late. A wrap hook can only change
 * the options that it was given, and a retry comes with the same ones, so the caller's own signal is kept beside.
 */
function deadline(pause: Pause, answerMs: number): (octokit: Pick<Octokit, "hook">) => void {
  const givens = new WeakMap<object, AbortSignal | undefined>();
  return (octokit) => {
    octokit.hook.wrap("request", async (request, options) => {
      const own = (options.request ??= {});
      if (!givens.has(own)) givens.set(own, own.signal);
      const given: AbortSignal | undefined = givens.get(own);
      await pause.over(given ?? AbortSignal.timeout(answerMs));
      const timeout = AbortSignal.timeout(answerMs);
      own.signal = given === undefined ? timeout : AbortSignal.any([given, timeout]);
      return request(options);
    });
  };
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What goes wrong comes to us as an error; a log line of a library could carry foreign text to a terminal. */
function ignore(): void {}
