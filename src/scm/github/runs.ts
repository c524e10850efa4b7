import type { RunArtifact, Runs, WorkflowRun } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import { readZipFile } from "../zip.ts";
import type { GitHubClient } from "./client.ts";
import { allPages } from "./pages.ts";

const RIGHT = "actions: read";
const WRITE = "actions: write";
/** Our documents are small; whoever can run a workflow can leave an artifact of any size. */
const ARCHIVE_BYTES = 16 * 1024 * 1024;

/** Workflow runs of one repository and the artifacts that they left. */
export function runsOf(client: GitHubClient): Runs {
  return {
    get: (id, signal) =>
      client.find(
        { to: `read workflow run ${id}`, right: RIGHT },
        async (octokit, request, repository) => {
          const found = { ...repository, run_id: id, request };
          return fromRest((await octokit.rest.actions.getWorkflowRun(found)).data);
        },
        signal,
      ),
    ofCommit: (commit, signal) => ofCommit(client, commit, signal),
    artifacts: (run, signal) => artifacts(client, run, signal),
    artifactsNamed: (name, signal) => artifactsNamed(client, name, signal),
    readArtifact: (artifact, file, signal) => readArtifact(client, { artifact, file }, signal),
    again: async (id, signal) => {
      await client.call(
        { to: `run workflow run ${id} again`, right: WRITE, once: true },
        (octokit, request, repository) =>
          octokit.rest.actions.reRunWorkflow({ ...repository, run_id: id, request }),
        signal,
      );
    },
    start: async (workflow, branch, signal) => {
      await client.call(
        { to: `start the workflow ${workflow}`, right: WRITE, once: true },
        (octokit, request, repository) =>
          octokit.rest.actions.createWorkflowDispatch({
            ...repository,
            workflow_id: workflow,
            ref: branch,
            request,
          }),
        signal,
      );
    },
  };
}

function ofCommit(
  client: GitHubClient,
  commit: string,
  signal: AbortSignal,
): Promise<readonly WorkflowRun[]> {
  const ask = { to: `list the workflow runs of ${commit.slice(0, 12)}`, right: RIGHT };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const fields = { ...repository, head_sha: commit, request };
      const listed = await allPages({ what: "workflow runs", atMost: 10 }, async (at) => {
        const found = await octokit.rest.actions.listWorkflowRunsForRepo({ ...fields, ...at });
        return { data: found.data.workflow_runs, headers: found.headers };
      });
      return listed.map(fromRest);
    },
    signal,
  );
}

function artifacts(
  client: GitHubClient,
  run: number,
  signal: AbortSignal,
): Promise<readonly RunArtifact[]> {
  const ask = { to: `list the artifacts of workflow run ${run}`, right: RIGHT };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const fields = { ...repository, run_id: run, request };
      const listed = await allPages({ what: "artifacts", atMost: 10 }, async (at) => {
        const found = await octokit.rest.actions.listWorkflowRunArtifacts({ ...fields, ...at });
        return { data: found.data.artifacts, headers: found.headers };
      });
      return listed.flatMap(({ id, name, expired, size_in_bytes: size, created_at: at }) =>
        expired ? [] : [{ id, name, run, size, createdAt: at ?? "" }],
      );
    },
    signal,
  );
}

/** The newest hundred: whoever looks for one by name wants the last. */
function artifactsNamed(
  client: GitHubClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly RunArtifact[]> {
  return client.call(
    { to: `look for artifacts named ${name}`, right: RIGHT },
    async (octokit, request, repository) => {
      const asked = { ...repository, name, per_page: 100, request };
      const { data } = await octokit.rest.actions.listArtifactsForRepo(asked);
      return data.artifacts
        .flatMap(({ id, expired, size_in_bytes: size, created_at: at, workflow_run: run }) =>
          expired || run?.id === undefined
            ? []
            : [{ id, name, run: run.id, size, createdAt: at ?? "" }],
        )
        .toSorted((a, b) => b.id - a.id);
    },
    signal,
  );
}

interface Wanted {
  readonly artifact: RunArtifact;
  readonly file: string;
}

async function readArtifact(
  client: GitHubClient,
  { artifact, file }: Wanted,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (artifact.size > ARCHIVE_BYTES) throw tooLarge(artifact);
  const archive = await client.find(
    { to: `download the artifact ${artifact.name}`, right: RIGHT },
    async (octokit, request, repository) => {
      const answer = await octokit.rest.actions.downloadArtifact({
        ...repository,
        artifact_id: artifact.id,
        archive_format: "zip",
        // The answer is a redirect to a storage host; fetch leaves our token behind where the origin changes.
        request: { ...request, parseSuccessResponseBody: false },
      });
      return readCapped(answer.data, artifact);
    },
    signal,
  );
  if (archive === undefined) return undefined;
  try {
    return readZipFile(archive, file, ARCHIVE_BYTES);
  } catch (error) {
    const message = `The artifact ${artifact.name} of run ${artifact.run} is no archive that can be read.`;
    throw new ForgeError({ code: "invalid-answer", message, cause: error });
  }
}

async function readCapped(body: unknown, artifact: RunArtifact): Promise<Uint8Array> {
  if (!(body instanceof ReadableStream)) throw new TypeError("no body");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("no bytes");
    size += chunk.byteLength;
    if (size > ARCHIVE_BYTES) throw tooLarge(artifact);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge({ name, run }: RunArtifact): ForgeError {
  const message = `The artifact ${name} of run ${run} is larger than ${ARCHIVE_BYTES} bytes.`;
  return new ForgeError({ code: "too-large", message });
}

interface RestRun {
  readonly id: number;
  readonly run_attempt?: number;
  readonly event: string;
  readonly path: string;
  readonly head_sha: string;
  readonly head_branch: string | null;
  readonly head_repository: { readonly full_name: string } | null;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly created_at: string;
  readonly html_url: string;
}

function fromRest(run: RestRun): WorkflowRun {
  return {
    id: run.id,
    attempt: run.run_attempt ?? 1,
    event: run.event,
    // GitHub may add `@REF` to the path of the workflow file.
    path: run.path.split("@", 1)[0] ?? "",
    headCommit: run.head_sha,
    headBranch: run.head_branch ?? undefined,
    headRepository: run.head_repository?.full_name,
    status: run.status ?? "",
    conclusion: run.conclusion ?? undefined,
    createdAt: run.created_at,
    url: run.html_url,
  };
}
