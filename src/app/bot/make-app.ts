import type { GitHubServer, MadeGitHubApp } from "#scm";
import type { Environment } from "../pr/forge.ts";

/** The GitHub that a set-up goes to. */
export async function serverOf(env: Environment): Promise<GitHubServer> {
  return (await import("#scm")).gitHubServerOf(env);
}

/** Makes the App that a person agreed to at GitHub: trades the code that they came back with (issue 6 §6). */
export async function makeApp(
  { env, code }: { readonly env: Environment; readonly code: string },
  signal: AbortSignal,
): Promise<MadeGitHubApp> {
  const { convertManifest, gitHubServerOf } = await import("#scm");
  return convertManifest({ server: gitHubServerOf(env), code }, signal);
}
