import {
  actor,
  ApiRefusal,
  invalid,
  notFound,
  number,
  part,
  text,
  type ApiCall,
  type Handler,
} from "./handler.ts";
import {
  accountJson,
  activityJson,
  commitJson,
  commitNodeId,
  artifactJson,
  deploymentJson,
  deploymentStatusJson,
  repositoryJson,
  runJson,
} from "./json.ts";
import type { FakeArtifact, FakeDeployment, FakeRun } from "./state.ts";

export const REPOSITORY_HANDLERS: Readonly<Record<string, Handler>> = {
  "repos/get": ({ repository, github }) => ({
    status: 200,
    body: repositoryJson(repository, github.places),
  }),
  "repos/get-branch": async (call) => {
    const name = part(call, "branch");
    const commit = await call.repository.git.head(`refs/heads/${name}`);
    if (commit === undefined) throw new ApiRefusal(404, "Branch not found");
    const rules = call.repository.rules.get(name) ?? [];
    return { status: 200, body: { name, commit: { sha: commit }, protected: rules.length > 0 } };
  },
  "repos/compare-commits": compare,
  "repos/get-branch-rules": (call) => ({
    list: call.repository.rules.get(part(call, "branch")) ?? [],
  }),
  "repos/get-repo-rulesets": () => ({ list: [] }),
  "actions/get-github-actions-default-workflow-permissions-repository": ({ repository }) => ({
    status: 200,
    body: {
      default_workflow_permissions: repository.settings.workflowPermissions,
      can_approve_pull_request_reviews: repository.settings.workflowsApprove,
    },
  }),
  "actions/get-custom-oidc-sub-claim-for-repo": ({ repository }) => ({
    status: 200,
    body: {
      use_default: repository.settings.defaultSubject,
      use_immutable_subject: repository.settings.immutableSubject,
    },
  }),
  "repos/codeowners-errors": () => ({ status: 200, body: { errors: [] } }),
  "repos/get-all-environments": ({ repository }) => ({
    list: [...repository.environments.values()],
    under: "environments",
  }),
  "repos/get-environment": (call) => {
    const found = call.repository.environments.get(part(call, "environment_name"));
    if (found === undefined) throw notFound();
    return { status: 200, body: found };
  },
  "repos/get-collaborator-permission-level": permission,
  "repos/list-activities": (call) => {
    const ref = call.query.get("ref");
    const all = call.repository.activity.filter((one) => ref === null || one.ref === ref);
    return { list: all.toReversed().map(activityJson) };
  },
  "git/get-ref": async (call) => {
    const ref = `refs/${part(call, "ref")}`;
    const sha = await call.repository.git.head(ref);
    if (sha === undefined) throw notFound();
    return {
      status: 200,
      body: { ref, node_id: ref, url: ref, object: { type: "commit", sha, url: sha } },
    };
  },
  "git/create-ref": async (call) => {
    const ref = text(call, "ref") ?? "";
    const sha = text(call, "sha") ?? "";
    if ((await call.repository.git.head(ref)) !== undefined)
      throw invalid("Reference already exists");
    if ((await call.repository.git.head(sha)) === undefined) throw invalid("Object does not exist");
    await call.github.moveRefs(call.repository, [{ ref, to: sha }], actor(call).account);
    return { status: 201, body: { ref, object: { type: "commit", sha } } };
  },
  "git/update-ref": async (call) => {
    const ref = `refs/${part(call, "ref")}`;
    const sha = text(call, "sha") ?? "";
    const { git } = call.repository;
    const now = await git.head(ref);
    if (now === undefined) throw invalid("Reference does not exist");
    if (call.body["force"] !== true && !(await git.isAncestor(now, sha))) {
      throw invalid("Update is not a fast forward");
    }
    await call.github.moveRefs(call.repository, [{ ref, to: sha }], actor(call).account);
    return { status: 200, body: { ref, object: { type: "commit", sha } } };
  },
  "git/delete-ref": async (call) => {
    const ref = `refs/${part(call, "ref")}`;
    if ((await call.repository.git.head(ref)) === undefined)
      throw invalid("Reference does not exist");
    await call.github.moveRefs(call.repository, [{ ref, to: undefined }], actor(call).account);
    return { status: 204 };
  },
  "repos/create-deployment": deploy,
  "repos/create-deployment-status": (call) => {
    const found = deployment(call);
    const status = {
      id: call.github.nextId(),
      state: text(call, "state") ?? "",
      description: text(call, "description") ?? "",
      logUrl: text(call, "log_url") ?? "",
      at: call.github.time(),
    };
    found.statuses.push(status);
    return { status: 201, body: deploymentStatusJson(found, status) };
  },
  "repos/list-deployments": (call) => {
    const environment = call.query.get("environment");
    const all = [...call.repository.deployments.values()];
    const found = all.filter((one) => environment === null || one.environment === environment);
    return { list: found.toReversed().map(deploymentJson) };
  },
  "repos/list-deployment-statuses": (call) => {
    const found = deployment(call);
    return { list: found.statuses.toReversed().map((one) => deploymentStatusJson(found, one)) };
  },
  "actions/get-workflow-run": (call) => ({
    status: 200,
    body: runJson(call.repository, workflowRun(call), call.github.places),
  }),
  "actions/re-run-workflow": (call) => {
    const run = workflowRun(call);
    if (run.status !== "completed") throw new ApiRefusal(403, "This workflow is already running");
    run.attempt += 1;
    run.status = "queued";
    run.conclusion = null;
    return { status: 201, body: {} };
  },
  "actions/create-workflow-dispatch": startWorkflow,
  "actions/list-workflow-runs-for-repo": (call) => {
    const commit = call.query.get("head_sha");
    const runs = [...call.repository.runs.values()]
      .filter((one) => commit === null || one.headCommit === commit)
      .toSorted((a, b) => b.id - a.id);
    const shown = runs.map((one) => runJson(call.repository, one, call.github.places));
    return { list: shown, under: "workflow_runs" };
  },
  "actions/list-workflow-run-artifacts": (call) => {
    const run = workflowRun(call);
    const name = call.query.get("name");
    const found = run.artifacts.filter((one) => name === null || one.name === name);
    return { list: found.map((artifact) => artifactOf(call, run, artifact)), under: "artifacts" };
  },
  "actions/list-artifacts-for-repo": (call) => {
    const name = call.query.get("name");
    const found = [...call.repository.runs.values()].flatMap((run) =>
      run.artifacts
        .filter((one) => name === null || one.name === name)
        .map((artifact) => artifactOf(call, run, artifact)),
    );
    return { list: found.toReversed(), under: "artifacts" };
  },
  "actions/download-artifact": (call) => {
    const wanted = number(call, "artifact_id");
    const found = [...call.repository.runs.values()]
      .flatMap(({ artifacts }) => artifacts)
      .find(({ id }) => id === wanted);
    if (found === undefined) throw notFound();
    if (found.expired) throw new ApiRefusal(410, "Artifact has expired");
    return { status: 302, location: call.github.storageOf(found) };
  },
};

/** Only a workflow of that branch that has a button, `workflow_dispatch`. */
async function startWorkflow(call: ApiCall): Promise<Awaited<ReturnType<Handler>>> {
  const branch = text(call, "ref") ?? "";
  const path = `.github/workflows/${part(call, "workflow_id")}`;
  const commit = await call.repository.git.head(`refs/heads/${branch}`);
  if (commit === undefined) throw invalid(`No ref found for: ${branch}`);
  const file = await call.repository.git.read(commit, path);
  if (file === undefined) throw notFound();
  if (!/^ {2}workflow_dispatch:/m.test(file))
    throw invalid("Workflow does not have 'workflow_dispatch' trigger");
  call.github.addRun({
    event: "workflow_dispatch",
    path,
    headCommit: commit,
    headBranch: branch,
    status: "queued",
    conclusion: null,
  });
  return { status: 204 };
}

function artifactOf(call: ApiCall, run: FakeRun, artifact: FakeArtifact): unknown {
  return artifactJson(call.repository, { run, artifact }, call.github.places);
}

function workflowRun(call: ApiCall): FakeRun {
  const found = call.repository.runs.get(number(call, "run_id"));
  if (found === undefined) throw notFound();
  return found;
}

function permission(call: ApiCall): ReturnType<Handler> {
  const account = call.github.accounts.get(part(call, "username"));
  if (account === undefined) throw new ApiRefusal(404, `${part(call, "username")} is not a user`);
  const role = call.github.roleOf(call.repository, account.login);
  const base = { maintain: "write", triage: "read" } as const;
  const level = role === "maintain" || role === "triage" ? base[role] : role;
  return { status: 200, body: { permission: level, role_name: role, user: accountJson(account) } };
}

async function deploy(call: ApiCall): Promise<Awaited<ReturnType<Handler>>> {
  const commit = await call.repository.git.head(text(call, "ref") ?? "");
  if (commit === undefined) throw invalid(`No ref found for: ${text(call, "ref") ?? ""}`);
  const contexts = call.body["required_contexts"];
  if (!Array.isArray(contexts) || contexts.length > 0) {
    throw new ApiRefusal(409, "Conflict: Commit status checks failed for the ref.");
  }
  const made: FakeDeployment = {
    id: call.github.nextId(),
    commit,
    environment: text(call, "environment") ?? "production",
    task: text(call, "task") ?? "deploy",
    description: text(call, "description") ?? "",
    production: call.body["production_environment"] === true,
    by: actor(call).account,
    at: call.github.time(),
    statuses: [],
  };
  call.repository.deployments.set(made.id, made);
  return { status: 201, body: deploymentJson(made) };
}

function deployment(call: ApiCall): FakeDeployment {
  const found = call.repository.deployments.get(number(call, "deployment_id"));
  if (found === undefined) throw notFound();
  return found;
}

/** Oldest first, with the same counts on every page. */
async function compare(call: ApiCall): Promise<Awaited<ReturnType<Handler>>> {
  const { repository, query } = call;
  const { git } = repository;
  const [base, head] = await Promise.all([
    git.head(part(call, "base")),
    git.head(part(call, "head")),
  ]);
  if (base === undefined || head === undefined) throw notFound();
  const [ahead, behind] = await Promise.all([git.between(base, head), git.between(head, base)]);
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const start = (Number(query.get("page") ?? 1) - 1) * size;
  const shown = ahead.slice(start, start + size);
  const status =
    ahead.length === 0
      ? behind.length === 0
        ? "identical"
        : "behind"
      : behind.length === 0
        ? "ahead"
        : "diverged";
  const commits = shown.map(async (oid) => ({
    ...commitJson(await git.facts(oid)),
    node_id: commitNodeId(repository, oid),
  }));
  return {
    status: 200,
    body: {
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: await Promise.all(commits),
    },
  };
}
