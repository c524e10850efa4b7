import type {
  BranchRules,
  EnvironmentSettings,
  OidcSubject,
  Settings,
  WorkflowRights,
} from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { allPages } from "./pages.ts";

/** How one repository is set up. */
export function settingsOf(client: GitHubClient): Settings {
  return {
    defaultBranch: (signal) =>
      client.call(
        { to: "read the repository", right: "metadata: read" },
        async (octokit, request, repository) =>
          (await octokit.rest.repos.get({ ...repository, request })).data.default_branch,
        signal,
      ),
    branchRules: (branch, signal) => branchRules(client, branch, signal),
    environments: (signal) => environments(client, signal),
    workflowRights: (signal) => workflowRights(client, signal),
    oidcSubject: (signal) => oidcSubject(client, signal),
  };
}

function branchRules(
  client: GitHubClient,
  branch: string,
  signal: AbortSignal,
): Promise<BranchRules> {
  const ask = { to: `read the rules of the branch ${branch}`, right: "metadata: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const rules = await allPages({ what: "branch rules", atMost: 10 }, (at) =>
        octokit.rest.repos.getBranchRules({ ...repository, branch, request, ...at }),
      );
      return rulesFrom(rules);
    },
    signal,
  );
}

interface RestRule {
  readonly type?: string;
  readonly parameters?: object;
}

/** Rules of several rulesets add up: the strictest of each kind is in force. */
function rulesFrom(rules: readonly RestRule[]): BranchRules {
  const requests = parametersOf(rules, "pull_request");
  const checks = parametersOf(rules, "required_status_checks");
  const types = new Set(rules.map(({ type }) => type));
  return {
    pullRequest:
      requests.length === 0
        ? undefined
        : {
            approvals: Math.max(
              ...requests.map((one) => numberOf(one.get("required_approving_review_count"))),
            ),
            dismissesStale: requests.some(
              (one) => one.get("dismiss_stale_reviews_on_push") === true,
            ),
            lastPushApproval: requests.some(
              (one) => one.get("require_last_push_approval") === true,
            ),
            codeOwners: requests.some((one) => one.get("require_code_owner_review") === true),
          },
    checks: checks.flatMap((one) => listOf(one.get("required_status_checks"))).flatMap(checkFrom),
    isStrict: checks.some((one) => one.get("strict_required_status_checks_policy") === true),
    hasQueue: types.has("merge_queue"),
    forbidsForcePush: types.has("non_fast_forward"),
    forbidsDeletion: types.has("deletion"),
  };
}

type Fields = ReadonlyMap<string, unknown>;

function parametersOf(rules: readonly RestRule[], type: string): readonly Fields[] {
  return rules.filter((rule) => rule.type === type).map(({ parameters }) => fieldsOf(parameters));
}

function checkFrom(check: unknown): BranchRules["checks"] {
  const fields = fieldsOf(check);
  const name = fields.get("context");
  if (typeof name !== "string") return [];
  const app = fields.get("integration_id");
  return [{ name, app: typeof app === "number" ? app : undefined }];
}

function fieldsOf(value: unknown): Fields {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function environments(
  client: GitHubClient,
  signal: AbortSignal,
): Promise<readonly EnvironmentSettings[]> {
  const ask = { to: "list the environments", right: "actions: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const { data } = await octokit.rest.repos.getAllEnvironments({
        ...repository,
        per_page: 100,
        request,
      });
      return (data.environments ?? []).map(environmentFrom);
    },
    signal,
  );
}

interface RestEnvironment {
  readonly name: string;
  readonly protection_rules?: readonly object[];
  readonly deployment_branch_policy?: object | null;
}

function environmentFrom(environment: RestEnvironment): EnvironmentSettings {
  const rules = (environment.protection_rules ?? []).map(fieldsOf);
  return {
    name: environment.name,
    reviewers: rules.flatMap((rule) => listOf(rule.get("reviewers"))).length,
    preventsSelfReview: rules.some((rule) => rule.get("prevent_self_review") === true),
    restrictsBranches: (environment.deployment_branch_policy ?? undefined) !== undefined,
  };
}

function workflowRights(client: GitHubClient, signal: AbortSignal): Promise<WorkflowRights> {
  const ask = { to: "read what GITHUB_TOKEN may do", right: "administration: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const { data } =
        await octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository({
          ...repository,
          request,
        });
      return {
        write: data.default_workflow_permissions === "write",
        mayApprove: data.can_approve_pull_request_reviews,
      };
    },
    signal,
  );
}

function oidcSubject(client: GitHubClient, signal: AbortSignal): Promise<OidcSubject> {
  const ask = { to: "read the form of OpenID subjects", right: "actions: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const { data } = await octokit.rest.actions.getCustomOidcSubClaimForRepo({
        ...repository,
        request,
      });
      // Newer than the client's types.
      const isImmutable = fieldsOf(data).get("use_immutable_subject") === true;
      return { isImmutable, claims: data.use_default ? undefined : data.include_claim_keys };
    },
    signal,
  );
}
