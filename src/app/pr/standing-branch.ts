import { hashOfFiles, type GitProposals } from "#scm";
import { RequestError } from "../request-error.ts";

/** A branch of ours as it stands: one commit on top of what was the base when it was made. */
export interface StandingBranch {
  readonly commit: string;
  readonly parent: string;
  readonly title: string;
  /** What was asked so far, one sentence each, oldest first. */
  readonly asked: readonly string[];
  /** Path from the top → text. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** What a commit of ours says. */
export interface BranchMessage {
  readonly title: string;
  readonly asked: readonly string[];
  readonly parent: string;
  readonly files: ReadonlyMap<string, string | undefined>;
  /** A login, where somebody asked a bot. */
  readonly askedBy: string | undefined;
}

/**
 * Writes the message of a branch's one commit. Its trailers say what we put there, so that a commit that anybody else
 * added or amended is told from ours, and left alone (issue 6 §5).
 */
export function branchMessage({ title, asked, parent, files, askedBy }: BranchMessage): string {
  return [
    title,
    "",
    ...asked.map((sentence) => `- ${sentence}`),
    "",
    `Waybill-Base: ${parent}`,
    `Waybill-Content: ${hashOfFiles(files)}`,
    ...(askedBy === undefined ? [] : [`Waybill-Asked-By: ${askedBy}`]),
    "",
  ].join("\n");
}

/** The login that a commit of ours names as the one who asked for it. */
export function askedByIn(message: string): string | undefined {
  return /^Waybill-Asked-By: ([A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?)$/m.exec(message)?.[1];
}

/**
 * Reads a branch of ours.
 * @throws {RequestError} where somebody else has committed to it
 */
export async function readStandingBranch(
  git: GitProposals,
  { branch, commit }: { readonly branch: string; readonly commit: string },
): Promise<StandingBranch> {
  const found = await git.readCommit(commit);
  if (found === undefined) throw someoneElses(branch, commit);
  const { parents, message } = found;
  const base = trailer(message, "Waybill-Base");
  const [parent] = parents;
  if (parent === undefined || parents.length !== 1 || parent !== base)
    throw someoneElses(branch, commit);
  const paths = await git.changedBetween(parent, commit);
  const texts = paths.map(async (path) => [path, await git.textAt(commit, path)] as const);
  const files = new Map(await Promise.all(texts));
  if (hashOfFiles(files) !== trailer(message, "Waybill-Content"))
    throw someoneElses(branch, commit);
  const [title = "", ...rest] = message.split("\n");
  const asked = rest.flatMap((line) => (line.startsWith("- ") ? [line.slice(2)] : []));
  return { commit, parent, title, asked, files };
}

function trailer(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: ([0-9a-f]{40,64})$`, "m").exec(message)?.[1];
}

function someoneElses(branch: string, commit: string): RequestError {
  return new RequestError(
    `Somebody else committed to ${branch} (${commit.slice(0, 12)}), and their work is not overwritten.`,
    "merge or close its pull request and delete the branch, or make the change there by hand",
  );
}

/**
 * Brings what a branch asked for so far onto today's base: undefined where the base has changed the same lines, so that
 * what was asked does not fit any more.
 */
export async function carriedOver(
  git: GitProposals,
  standing: StandingBranch,
  base: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const carried = new Map<string, string>();
  for (const [path, theirs] of standing.files) {
    const [ours, before] = await Promise.all([
      git.textAt(base, path),
      git.textAt(standing.parent, path),
    ]);
    if (ours === theirs || theirs === undefined) continue;
    const text = ours === before ? theirs : await merged(git, { ours, before, theirs });
    if (text === undefined) return undefined;
    carried.set(path, text);
  }
  return carried;
}

async function merged(
  git: GitProposals,
  sides: {
    readonly ours: string | undefined;
    readonly before: string | undefined;
    readonly theirs: string;
  },
): Promise<string | undefined> {
  const { ours, before, theirs } = sides;
  if (ours === undefined || before === undefined) return undefined;
  return git.merge({ base: before, ours, theirs });
}
