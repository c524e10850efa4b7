import { gitHubPlaceFromName, openGitHub, tokenFrom, type Forge, type GitHubOptions } from "#scm";
import type { FakeGitHub } from "./github.ts";

/** Opens the adapter on a fake, without pace and with short waits. */
export async function openForge(
  github: FakeGitHub,
  token: string,
  options: Partial<GitHubOptions> = {},
): Promise<Forge> {
  const env = github.env(token);
  const place = gitHubPlaceFromName("acme/promotions", env);
  if (place === undefined) throw new Error("the fake is no GitHub");
  const credential = tokenFrom(env, place);
  return openGitHub({ place, credential, pace: false, retryStepMs: 1, ...options });
}

/** Everything that a plan's comment job may have. */
export const COMMENT_JOB = {
  contents: "read",
  pull_requests: "write",
} as const;
