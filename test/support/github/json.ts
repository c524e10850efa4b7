import type { CommitFacts } from "./bare-repository.ts";
import type {
  FakeAccount,
  FakeActivity,
  FakeApp,
  FakeArtifact,
  FakeCheck,
  FakeComment,
  FakeDeployment,
  FakeIssue,
  FakePull,
  FakeRepository,
  FakeReview,
  FakeRun,
  FakeStatus,
} from "./state.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The addresses that answers point to. */
export interface Places {
  readonly origin: string;
  readonly api: string;
}

export function accountJson(account: FakeAccount): Json {
  const { login, id, type } = account;
  return { login, id, node_id: nodeId(type, id), type, site_admin: false };
}

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString("base64url");
}

export function fullName(repository: FakeRepository): string {
  return `${repository.owner}/${repository.name}`;
}

export function repositoryJson(repository: FakeRepository, places: Places): Json {
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
    owner: { login: repository.owner, id: repository.id + 1, type: "Organization" },
    html_url: `${places.origin}/${fullName(repository)}`,
    clone_url: `${places.origin}/${fullName(repository)}.git`,
    default_branch: repository.defaultBranch,
    fork: repository.forkOf !== undefined,
  };
}

function pageOf(repository: FakeRepository, places: Places): string {
  return `${places.origin}/${fullName(repository)}`;
}

export function pullJson(repository: FakeRepository, pull: FakePull, places: Places): Json {
  const { head, base } = pull;
  return {
    id: 10_000 + pull.number,
    number: pull.number,
    state: pull.state,
    draft: pull.draft,
    title: pull.title,
    body: pull.body === "" ? null : pull.body,
    html_url: `${pageOf(repository, places)}/pull/${pull.number}`,
    user: accountJson(pull.author),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? null,
    head: {
      label: `${head.repository.owner}:${head.branch}`,
      ref: head.branch,
      sha: head.commit,
      user: { login: head.repository.owner },
      repo: pull.headGone ? null : repositoryJson(head.repository, places),
    },
    base: {
      label: `${repository.owner}:${base.branch}`,
      ref: base.branch,
      sha: base.commit,
      user: { login: repository.owner },
      repo: repositoryJson(repository, places),
    },
  };
}

export function reviewJson(
  repository: FakeRepository,
  pull: FakePull,
  review: FakeReview,
  places: Places,
): Json {
  return {
    id: review.id,
    user: review.author === null ? null : accountJson(review.author),
    body: review.body,
    state: review.state,
    commit_id: review.commit,
    html_url: `${pageOf(repository, places)}/pull/${pull.number}#pullrequestreview-${review.id}`,
    ...(review.submittedAt !== undefined && { submitted_at: review.submittedAt }),
  };
}

export function commentJson(
  repository: FakeRepository,
  comment: FakeComment,
  places: Places,
): Json {
  const page = `${pageOf(repository, places)}/pull/${comment.number}`;
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${places.api}/repos/${fullName(repository)}/issues/${comment.number}`,
    body: comment.body,
    user: comment.author === null ? null : accountJson(comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}

export function issueJson(repository: FakeRepository, issue: FakeIssue, places: Places): Json {
  return {
    id: 20_000 + issue.number,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    user: accountJson(issue.author),
    html_url: `${pageOf(repository, places)}/issues/${issue.number}`,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
  };
}

/** Each pull request is an issue too, and the listing of issues shows it. */
export function pullAsIssueJson(repository: FakeRepository, pull: FakePull, places: Places): Json {
  const page = `${pageOf(repository, places)}/pull/${pull.number}`;
  const url = `${places.api}/repos/${fullName(repository)}/pulls/${pull.number}`;
  return {
    id: 20_000 + pull.number,
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    user: accountJson(pull.author),
    html_url: page,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    pull_request: { url, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` },
  };
}

export function appJson(app: FakeApp): Json {
  return { id: app.id, slug: app.slug, name: app.name, owner: accountJson(app.account) };
}

export function checkJson(repository: FakeRepository, check: FakeCheck, places: Places): Json {
  return {
    id: check.id,
    name: check.name,
    head_sha: check.commit,
    node_id: nodeId("CheckRun", check.id),
    external_id: check.externalId,
    url: `${places.api}/repos/${fullName(repository)}/check-runs/${check.id}`,
    html_url: `${pageOf(repository, places)}/runs/${check.id}`,
    details_url: check.detailsUrl ?? null,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    app: appJson(check.app),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${places.api}/repos/${fullName(repository)}/check-runs/${check.id}/annotations`,
    },
  };
}

export function statusJson(status: FakeStatus, id: number): Json {
  return {
    id,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: status.at,
    updated_at: status.at,
    creator: accountJson(status.by),
  };
}

export function deploymentJson(deployment: FakeDeployment): Json {
  return {
    id: deployment.id,
    sha: deployment.commit,
    ref: deployment.commit,
    task: deployment.task,
    environment: deployment.environment,
    description: deployment.description,
    production_environment: deployment.production,
    transient_environment: false,
    creator: accountJson(deployment.by),
    created_at: deployment.at,
    updated_at: deployment.at,
  };
}

export function deploymentStatusJson(
  deployment: FakeDeployment,
  status: FakeDeployment["statuses"][number],
): Json {
  return {
    id: status.id,
    state: status.state,
    description: status.description,
    environment: deployment.environment,
    log_url: status.logUrl,
    created_at: status.at,
    updated_at: status.at,
  };
}

export function runJson(repository: FakeRepository, run: FakeRun, places: Places): Json {
  return {
    id: run.id,
    run_attempt: run.attempt,
    event: run.event,
    path: run.path,
    head_sha: run.headCommit,
    head_branch: run.headBranch,
    head_repository: { full_name: run.headRepository },
    status: run.status,
    conclusion: run.conclusion,
    created_at: run.createdAt,
    html_url: `${pageOf(repository, places)}/actions/runs/${run.id}`,
  };
}

export function artifactJson(
  repository: FakeRepository,
  { run, artifact }: { readonly run: FakeRun; readonly artifact: FakeArtifact },
  places: Places,
): Json {
  const url = `${places.api}/repos/${fullName(repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: nodeId("Artifact", artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.archive.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expired,
    created_at: artifact.createdAt,
    expires_at: null,
    updated_at: artifact.createdAt,
    workflow_run: { id: run.id, head_sha: run.headCommit },
  };
}

export function activityJson(activity: FakeActivity): Json {
  return {
    id: activity.id,
    node_id: nodeId("Activity", activity.id),
    before: activity.before,
    after: activity.after,
    ref: activity.ref,
    timestamp: activity.at,
    activity_type: activity.type,
    actor: activity.actor === null ? null : accountJson(activity.actor),
  };
}

/** GitHub's own name of a commit, the same in REST and GraphQL. */
export function commitNodeId(repository: FakeRepository, oid: string): string {
  return Buffer.from(`Commit:${repository.id}:${oid}`).toString("base64url");
}

export function commitJson(facts: CommitFacts): Json {
  const date = new Date(facts.at * 1000).toISOString();
  return {
    sha: facts.oid,
    node_id: nodeId("Commit", 1),
    commit: {
      message: facts.message,
      author: { ...facts.author, date },
      committer: { ...facts.committer, date },
    },
    parents: facts.parents.map((sha) => ({ sha })),
  };
}
