import type { Deployments, NewDeployment } from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { shortened } from "./limits.ts";

/** Deployments of one repository: GitHub's own page of what is where. */
export function deploymentsOf(client: GitHubClient): Deployments {
  return { record: (deployment, signal) => record(client, deployment, signal) };
}

async function record(
  client: GitHubClient,
  deployment: NewDeployment,
  signal: AbortSignal,
): Promise<void> {
  const { environment, state, logUrl } = deployment;
  const ask = { to: `record a deployment to ${environment}`, right: "deployments: write" };
  const id = await make(client, deployment, signal);
  await client.call(
    ask,
    (octokit, request, repository) =>
      octokit.rest.repos.createDeploymentStatus({
        ...repository,
        deployment_id: id,
        state,
        environment,
        description: shortened(deployment.description),
        ...(logUrl !== undefined && { log_url: logUrl }),
        request,
      }),
    signal,
  );
}

/** No merge of the default branch into the commit, and no wait for checks: what is filed has happened. */
async function make(
  client: GitHubClient,
  deployment: NewDeployment,
  signal: AbortSignal,
): Promise<number> {
  const { commit, environment, production } = deployment;
  const to = `record a deployment to ${environment}`;
  return client.call(
    { to, right: "deployments: write", once: true },
    async (octokit, request, repository) => {
      const made = await octokit.rest.repos.createDeployment({
        ...repository,
        ref: commit,
        task: "promote",
        environment,
        description: shortened(deployment.description),
        auto_merge: false,
        required_contexts: [],
        transient_environment: false,
        production_environment: production,
        request,
      });
      if ("id" in made.data) return made.data.id;
      throw new TypeError(made.data.message ?? "no deployment");
    },
    signal,
  );
}
