import type { Forge, GitRepository, GitTimeline, WholeRequest } from "#scm";
import { RequestError } from "../request-error.ts";
import { forgeAccess, openForge, type Environment } from "./forge.ts";
import { rememberedPeople } from "./remembered-people.ts";

/** A clone and the forge that it is of. */
export interface Workplace {
  readonly forge: Forge;
  readonly git: GitRepository;
  readonly timeline: GitTimeline;
  /** Brings references and commits here that the clone does not have yet. */
  readonly bring: (references: readonly string[]) => Promise<void>;
  /** What references name on the remote now. */
  readonly remoteTips: (references: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** The branch that pull requests go to; undefined where the remote does not tell. */
  readonly defaultBranch: () => Promise<string | undefined>;
  /** For origin's own host. */
  readonly token: string | undefined;
}

/**
 * Opens the clone where a job stands and its forge.
 * @throws {RequestError} outside git, without origin, or where origin is no forge; {ForgeError} `no-token`
 */
export async function openWorkplace(
  { root, env }: { readonly root: string; readonly env: Environment },
  signal: AbortSignal,
): Promise<Workplace> {
  const { openGit, openRemote, openTimeline } = await import("#scm");
  const [git, timeline] = await Promise.all([openGit(root, signal), openTimeline(root, signal)]);
  if (git === undefined || timeline === undefined)
    throw new RequestError(`${root} is in no git repository.`, "check out the repository first");
  const opened = await openForge({ root, env }, signal);
  const forge = { ...opened, people: rememberedPeople(opened.people) };
  const plain = await openRemote(root, {}, signal);
  const token = plain && (await forgeAccess(plain.url, env))?.token;
  const remote = await openRemote(root, { token }, signal);
  if (remote === undefined)
    throw new RequestError("The clone has no remote named origin.", "git remote add origin URL");
  return {
    forge,
    git,
    timeline,
    token,
    bring: (references) => remote.fetch(references),
    defaultBranch: async () => (await remote.list([])).head?.slice("refs/heads/".length),
    remoteTips: async (references) => (await remote.list(references)).oids,
  };
}

/** An open pull request, whole, with both ends here: the base as it is now, and what merging would give. */
export interface OpenRequest extends WholeRequest {
  readonly base: string;
  readonly head: string;
  /** Undefined: it conflicts with its base. */
  readonly merged: string | undefined;
}

/**
 * Reads a pull request, and brings its commits here.
 * @throws {RequestError} where there is no such pull request, or the clone is too shallow to compare it
 */
export async function readRequest(
  { forge, timeline, bring, remoteTips }: Workplace,
  number: number,
  signal: AbortSignal,
): Promise<OpenRequest> {
  const whole = (await forge.pullRequests.whole([number], signal)).get(number);
  if (whole === undefined)
    throw new RequestError(`There is no pull request ${number} in ${forge.repository}.`);
  const { pullRequest } = whole;
  const head = pullRequest.head.commit;
  const branch = `refs/heads/${pullRequest.base.branch}`;
  // What the forge calls the base is what it was when somebody last pushed: who may is asked of the branch as it is.
  const base = (await remoteTips([branch])).get(branch) ?? pullRequest.base.commit;
  if (!(await timeline.has([base]))) await bring([branch]);
  if (!(await timeline.has([head]))) await bring([`refs/pull/${number}/head`]);
  const isHere = await timeline.has([base, head]);
  if (!isHere || (await timeline.mergeBase(base, head)) === undefined)
    throw new RequestError(
      `This clone does not have what pull request ${number} and ${pullRequest.base.branch} have in common.`,
      "check out with fetch-depth: 0",
    );
  return { ...whole, base, head, merged: await timeline.merged(base, head) };
}
