import type { Action, DesiredArtifact, DesiredState } from "#model";
import type { FileChange, GitRepository } from "#scm";
import type { ChangeFacts } from "#trust";

/** Where changes are looked for. */
export interface HistoryOptions {
  readonly git: GitRepository | undefined;
  /** HEAD. */
  readonly commit: string | undefined;
  readonly desired: DesiredState;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Finds the change in git that introduced the step of an action; each file's past is read once a run. */
export type ChangeFinder = (action: Action, artifact: DesiredArtifact) => Promise<ChangeFacts>;

/** Opens a finder; nothing is read yet. */
export function changeFinder(options: HistoryOptions): ChangeFinder {
  const pasts = new Map<string, Promise<readonly FileChange[]>>();
  return async (action, artifact) => {
    const { git, commit: head, env } = options;
    const { file } = artifact.at;
    if (git === undefined || head === undefined) return nobody(file);
    const past = pasts.get(file) ?? git.changesTo(head, file);
    pasts.set(file, past);
    const change = await introducedBy(await past, { ...options, git, file, action });
    return {
      file,
      head,
      commit: change?.commit,
      author: change?.author,
      pullRequest: change && pullRequestIn(change.message, env),
      approvers: change === undefined ? [] : approversIn(change.message),
    };
  };
}

function nobody(file: string): ChangeFacts {
  return {
    file,
    head: undefined,
    commit: undefined,
    author: undefined,
    pullRequest: undefined,
    approvers: [],
  };
}

interface Introducing extends HistoryOptions {
  readonly git: GitRepository;
  readonly file: string;
  readonly action: Action;
}

/**
 * The oldest of the newest commits at which the line meant the channel and site without a break: the change that asked
 * for what is done now. Of other files than promotions the newest change.
 */
async function introducedBy(
  past: readonly FileChange[],
  introducing: Introducing,
): Promise<FileChange | undefined> {
  let found: FileChange | undefined;
  for (const change of past) {
    if (!(await asksAt(change.commit, introducing))) return found ?? past[0];
    found = change;
  }
  return found;
}

async function asksAt(
  commit: string,
  { git, file, action, desired }: Introducing,
): Promise<boolean> {
  const text = (await git.read(commit, [file])).get(file);
  if (text === undefined) return false;
  const { readBase } = await import("#desired");
  const [document] = readBase([{ path: file, text }], []).documents;
  const line = document?.lines.find(
    ({ version, digest }) => version === action.version && digest === action.digest,
  );
  const environment = desired.sites.get(action.site ?? "")?.environment;
  return (line?.channels ?? []).some(
    (use) =>
      use.channel === action.channel &&
      (use.environment === undefined || use.environment === environment) &&
      (use.sites === undefined || use.sites.includes(action.site ?? "")),
  );
}

/** As GitHub and GitLab write it into what they merge. */
const PULL_REQUEST = [
  /^Merge pull request #(\d{1,9})\b/,
  /^[^\n]*\(#(\d{1,9})\)\s*(?:\n|$)/,
  /\bSee merge request \S*!(\d{1,9})\b/,
];

function pullRequestIn(message: string, env: HistoryOptions["env"]): ChangeFacts["pullRequest"] {
  const number = PULL_REQUEST.map((pattern) => pattern.exec(message)?.[1]).find(
    (text) => text !== undefined,
  );
  if (number === undefined) return undefined;
  const project = projectUrl(env);
  return {
    number: Number(number),
    ...(project === undefined ? {} : { url: `${project}/pull/${number}` }),
  };
}

/** The repository's own page, where a workflow of GitHub's runs this; no credential is ever in it. */
export function projectUrl(env: HistoryOptions["env"]): string | undefined {
  const [server, repository] = [env["GITHUB_SERVER_URL"], env["GITHUB_REPOSITORY"]];
  if (env["GITHUB_ACTIONS"] !== "true" || !server || !repository) return undefined;
  return /^https:\/\/[^\s@]+$/.test(server) && /^[\w.-]+\/[\w.-]+$/.test(repository)
    ? `${server}/${repository}`
    : undefined;
}

const MOST_APPROVERS = 50;

/** Who approved, as the merged message says it (`Approved-by:`, `Reviewed-by:`): names, and never addresses. */
function approversIn(message: string): readonly string[] {
  const names = Array.from(
    message.matchAll(
      /^(?:Approved|Reviewed)-by:[ \t]*([^<\n]{1,200}?)[ \t]*(?:<[^>\n]*>)?[ \t]*$/gim,
    ),
    ([, name = ""]) => name,
  );
  return [...new Set(names.filter((name) => name !== ""))].toSorted().slice(0, MOST_APPROVERS);
}
