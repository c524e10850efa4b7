import type { FakeRole, Permissions } from "./state.ts";

/** Any one of the alternatives will do: `pull_requests=write`. Empty: a valid token is enough. */
export type Needed = readonly string[];

/** What each operation needs of an installation token, as GitHub's page of permissions for Apps lists it. */
export const RIGHTS: ReadonlyMap<string, Needed> = new Map([
  ["actions/create-workflow-dispatch", ["actions=write"]],
  ["actions/download-artifact", ["actions=read"]],
  ["actions/get-workflow-run", ["actions=read"]],
  ["actions/list-artifacts-for-repo", ["actions=read"]],
  ["actions/list-workflow-run-artifacts", ["actions=read"]],
  ["actions/list-workflow-runs-for-repo", ["actions=read"]],
  ["actions/re-run-workflow", ["actions=write"]],
  ["actions/get-github-actions-default-workflow-permissions-repository", ["administration=read"]],
  ["actions/get-custom-oidc-sub-claim-for-repo", ["actions=read"]],
  ["checks/create", ["checks=write"]],
  ["checks/update", ["checks=write"]],
  ["checks/get", ["checks=read"]],
  ["checks/list-annotations", ["checks=read"]],
  ["checks/list-for-ref", ["checks=read"]],
  ["git/create-ref", ["contents=write"]],
  ["git/delete-ref", ["contents=write"]],
  ["git/get-ref", ["contents=read"]],
  ["git/update-ref", ["contents=write"]],
  ["issues/create", ["issues=write"]],
  ["issues/create-comment", ["issues=write", "pull_requests=write"]],
  ["issues/delete-comment", ["issues=write", "pull_requests=write"]],
  ["issues/get", ["issues=read", "pull_requests=read"]],
  ["issues/get-comment", ["issues=read", "pull_requests=read"]],
  ["issues/list-comments", ["issues=read", "pull_requests=read"]],
  ["issues/list-for-repo", ["issues=read", "pull_requests=read"]],
  ["issues/update", ["issues=write", "pull_requests=write"]],
  ["issues/update-comment", ["issues=write", "pull_requests=write"]],
  ["pulls/create", ["pull_requests=write"]],
  ["pulls/create-review", ["pull_requests=write"]],
  ["pulls/dismiss-review", ["pull_requests=write"]],
  ["pulls/get", ["pull_requests=read"]],
  ["pulls/list", ["pull_requests=read"]],
  ["pulls/list-commits", ["pull_requests=read"]],
  ["pulls/list-files", ["pull_requests=read"]],
  ["pulls/list-reviews", ["pull_requests=read"]],
  ["pulls/merge", ["contents=write"]],
  ["pulls/update", ["pull_requests=write"]],
  ["reactions/create-for-issue-comment", ["issues=write", "pull_requests=write"]],
  ["repos/codeowners-errors", ["contents=read"]],
  ["repos/compare-commits", ["contents=read"]],
  ["repos/create-commit-status", ["statuses=write"]],
  ["repos/create-deployment", ["deployments=write"]],
  ["repos/create-deployment-status", ["deployments=write"]],
  ["repos/get", ["metadata=read"]],
  ["repos/get-all-environments", ["actions=read"]],
  ["repos/get-branch", ["contents=read"]],
  ["repos/get-branch-rules", ["metadata=read"]],
  ["repos/get-collaborator-permission-level", ["metadata=read"]],
  ["repos/get-combined-status-for-ref", ["statuses=read"]],
  ["repos/get-environment", ["actions=read"]],
  ["repos/get-repo-rulesets", ["metadata=read"]],
  ["repos/list-activities", ["contents=read"]],
  ["repos/list-deployment-statuses", ["deployments=read"]],
  ["repos/list-deployments", ["deployments=read"]],
  ["repos/list-pull-requests-associated-with-commit", ["pull_requests=read"]],
  ["teams/get-by-name", ["members=read"]],
  ["teams/get-membership-for-user-in-org", ["members=read"]],
]);

/** Operations that only the App itself, by its JWT, may call. */
export const APP_ONLY: ReadonlySet<string> = new Set([
  "apps/create-installation-access-token",
  "apps/get-authenticated",
  "apps/get-repo-installation",
  "apps/get-webhook-delivery",
  "apps/list-installations",
  "apps/list-webhook-deliveries",
  "apps/redeliver-webhook-delivery",
]);

/** Rights that GITHUB_TOKEN cannot be given, whatever a workflow asks for. */
const NEVER_ACTIONS: ReadonlySet<string> = new Set(["members", "administration"]);

/** What is left of the asked permissions for a GITHUB_TOKEN; metadata is always there. */
export function actionsPermissions(asked: Permissions): Permissions {
  const kept = Object.entries(asked).filter(([name]) => !NEVER_ACTIONS.has(name));
  return { metadata: "read", ...Object.fromEntries(kept) };
}

/** GITHUB_TOKEN in the run of a fork's pull request: it reads, whatever the workflow asks for. */
export function forkPermissions(asked: Permissions): Permissions {
  const reads = Object.keys(actionsPermissions(asked)).map((name) => [name, "read"] as const);
  return Object.fromEntries(reads);
}

/** What a person's token may do: what the person may. */
export function rolePermissions(role: FakeRole): Permissions {
  if (role === "none") return {};
  const level = role === "read" || role === "triage" ? "read" : "write";
  return {
    metadata: "read",
    actions: level,
    contents: level,
    deployments: level,
    statuses: level,
    // Whoever reads a repository may open, comment and review.
    issues: "write",
    pull_requests: "write",
    checks: "read",
    members: "read",
    ...(role === "admin" && { administration: "write" }),
  };
}

/** Whether one of the alternatives is held. */
export function allows(held: Permissions, needed: Needed): boolean {
  return (
    needed.length === 0 ||
    needed.some((one) => {
      const [name = "", level] = one.split("=");
      return held[name] === "write" || held[name] === level;
    })
  );
}
