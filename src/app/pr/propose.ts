import { setTimeout as sleep } from "node:timers/promises";
import type { Diagnostic } from "#model";
import type { Forge, GitProposals, GitRemote } from "#scm";
import type { EditAnswer } from "../edit-file.ts";
import { readPromotion, replaceFile } from "../replace-file.ts";
import { RequestError } from "../request-error.ts";
import { collectFiles } from "./changed-texts.ts";
import { flowOf, type FileFlow } from "./flow.ts";
import { forgeAccess, type Environment } from "./forge.ts";
import { keepRequest } from "./keep-request.ts";
import { tellVersions } from "./tell-versions.ts";
import {
  branchMessage,
  carriedOver,
  readStandingBranch,
  type StandingBranch,
} from "./standing-branch.ts";

/** An edit by command that is to become a pull request (issue 6 §5). */
export interface ProposeRequest {
  readonly root: string;
  readonly env: Environment;
  /** `waybill/<project>/<name>/<channel or step>` */
  readonly branch: string;
  /** What is asked, in one sentence; the title of the pull request, and an item of its body. */
  readonly title: string;
  /** Makes the edit in the promotions repository at a folder. */
  readonly edit: (root: string) => Promise<EditAnswer>;
  readonly signal: AbortSignal;
}

/** What became of it. */
export type ProposeAnswer =
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "proposed" | "unchanged";
      readonly branch: string;
      /** Undefined: the base says so already, and there was nothing to commit. */
      readonly commit: string | undefined;
      readonly base: string;
      /** Undefined: the remote is no forge that we know, and somebody opens the pull request by hand. */
      readonly url: string | undefined;
      readonly sentence: string;
      readonly notes: readonly string[];
    };

const ATTEMPTS = 3;

/**
 * Makes an edit on a branch of its own, on top of what the remote's default branch says now, and keeps one pull request
 * for it: asked again it is updated and never multiplied. The work tree is not looked at and not changed.
 */
export async function propose(asked: ProposeRequest): Promise<ProposeAnswer> {
  // It becomes a line of a commit's message, where another line could pass for one of ours.
  const title = asked.title
    .replace(/[\s\p{C}]+/gu, " ")
    .trim()
    .slice(0, 200);
  const request = { ...asked, title };
  const place = await openPlace(request);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await attemptOnce(place, request);
    if (answer !== undefined) return answer;
    if (attempt === ATTEMPTS)
      throw new RequestError(
        `${request.branch} was changed by somebody else under each of ${ATTEMPTS} attempts.`,
        "run the command again",
      );
    await sleep(attempt * 200, undefined, { signal: request.signal });
  }
}

interface ProposalPlace {
  readonly git: GitProposals;
  readonly remote: GitRemote;
  /** Undefined: no forge that we know. */
  readonly forge: Forge | undefined;
}

async function openPlace({ root, env, signal }: ProposeRequest): Promise<ProposalPlace> {
  const { openProposals, openRemote } = await import("#scm");
  const git = await openProposals(root, signal);
  if (git === undefined)
    throw new RequestError("--pr needs a git repository, and this is none.", "run git init first");
  const plain = await openRemote(root, {}, signal);
  if (plain === undefined)
    throw new RequestError(
      "--pr needs a remote named origin to push to, and there is none; nothing was changed.",
      "git remote add origin URL, or edit without --pr",
    );
  const access = await forgeAccess(plain.url, env);
  const forge = await access?.open();
  const remote = (await openRemote(root, { token: access?.token }, signal)) ?? plain;
  return { git, remote, forge };
}

/** The base and what stands on the branch, both as the remote has them. */
interface Standing {
  readonly base: string;
  readonly baseBranch: string;
  readonly branch: StandingBranch | undefined;
}

async function standingOn(
  { git, remote }: ProposalPlace,
  { branch }: ProposeRequest,
): Promise<Standing> {
  const name = `refs/heads/${branch}`;
  const { head, oids } = await remote.list([name]);
  const base = oids.get(head ?? "") ?? oids.get("HEAD");
  if (head === undefined || base === undefined)
    throw new RequestError(
      `${remote.name} has no default branch with a commit.`,
      "push the branch that pull requests go to first",
    );
  const commit = oids.get(name);
  await remote.fetch([head], git.isShallow ? 1 : undefined);
  if (commit !== undefined) await remote.fetch([name], git.isShallow ? 2 : undefined);
  const standing =
    commit === undefined ? undefined : await readStandingBranch(git, { branch, commit });
  return { base, baseBranch: head.slice("refs/heads/".length), branch: standing };
}

async function attemptOnce(
  place: ProposalPlace,
  request: ProposeRequest,
): Promise<ProposeAnswer | undefined> {
  const standing = await standingOn(place, request);
  const { base, baseBranch, branch } = standing;
  const { git } = place;
  const carried = branch && (await carriedOver(git, branch, base));
  const edited = await git.inWorkTree(base, (folder) =>
    editIn(folder, { place, base, carried, request }),
  );
  if (edited.answer.kind === "refused") return edited.answer;
  const told = {
    branch: request.branch,
    base: baseBranch,
    notes:
      branch !== undefined && carried === undefined
        ? [`What ${request.branch} asked for does not fit its base any more, and was left out.`]
        : [],
  };
  if (edited.files.size === 0) {
    const sentence = `${baseBranch} says so already; nothing was changed.`;
    return { kind: "unchanged", commit: undefined, url: undefined, sentence, ...told };
  }
  const asked = askedSoFar(carried === undefined ? undefined : branch, request.title);
  const publishing = { standing, edited, asked };
  const commit = await publish(place, request, publishing);
  if (commit === undefined) return undefined;
  const url = await openRequest(place, request, publishing);
  const kind = commit === branch?.commit ? "unchanged" : "proposed";
  const where = url ?? `${request.branch} was pushed; open its pull request there`;
  return { kind, commit, url, sentence: `${request.title}: ${where}.`, ...told };
}

/** Keeps the branch's one pull request, where the forge is one that we know. */
async function openRequest(
  { forge }: ProposalPlace,
  { branch, title, signal }: ProposeRequest,
  { standing, edited, asked }: Publishing,
): Promise<string | undefined> {
  if (forge === undefined) return undefined;
  const { baseBranch: base } = standing;
  const { flow, told } = edited;
  const before = standing.branch?.title;
  return keepRequest(forge, { branch, base, title, before, asked, flow, told }, signal);
}

interface Edited {
  readonly answer: EditAnswer;
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The way of each version that changes, and what is told of it: for the body of a pull request. */
  readonly flow: readonly string[];
  readonly told: readonly string[];
}

interface Editing {
  readonly place: ProposalPlace;
  readonly base: string;
  readonly carried: ReadonlyMap<string, string> | undefined;
  readonly request: ProposeRequest;
}

async function editIn(folder: string, { place, base, carried, request }: Editing): Promise<Edited> {
  const { prefix } = place.git;
  for (const [path, text] of carried ?? []) {
    const own = path.slice(prefix.length);
    const before = (await readPromotion(folder, own))?.text;
    await replaceFile(folder, { path: own, before, text });
  }
  const answer = await request.edit(folder);
  if (answer.kind === "refused") return { answer, files: new Map(), flow: [], told: [] };
  const { files, order } = await collectFiles(folder, prefix, request.signal);
  if (place.forge === undefined) return { answer, files, flow: [], told: [] };
  const texts = await textsOf(place, base, files);
  const told = { root: folder, storesRoot: request.root, env: request.env, files: texts };
  return {
    answer,
    files,
    flow: await flowOf(texts, order),
    told: await tellVersions(told, request.signal),
  };
}

/** The files as they were at the base and as they would be, by their paths in the promotions repository. */
function textsOf(
  { git }: ProposalPlace,
  base: string,
  files: Edited["files"],
): Promise<readonly FileFlow[]> {
  const texts = [...files].map(async ([path, after]) => ({
    path: path.slice(git.prefix.length),
    before: await git.textAt(base, path),
    after,
  }));
  return Promise.all(texts);
}

/** The newest last; what is asked twice stands there once. */
function askedSoFar(before: StandingBranch | undefined, title: string): readonly string[] {
  return [...(before?.asked ?? []).filter((sentence) => sentence !== title), title].slice(-50);
}

interface Publishing {
  readonly standing: Standing;
  readonly edited: Edited;
  readonly asked: readonly string[];
}

/**
 * Puts one commit on top of the base and moves the branch to it once; a branch that says so already stays. Undefined:
 * somebody else was quicker.
 */
async function publish(
  { git, remote, forge }: ProposalPlace,
  { branch, title, env, signal }: ProposeRequest,
  { standing, edited, asked }: Publishing,
): Promise<string | undefined> {
  const { ForgeError, hashOfFiles } = await import("#scm");
  const { files } = edited;
  const { base: parent, branch: before } = standing;
  if (before?.parent === parent && hashOfFiles(before.files) === hashOfFiles(files))
    return before.commit;
  const askedBy = env["GITHUB_ACTOR"];
  const message = branchMessage({ title, asked, parent, files, askedBy });
  if (forge !== undefined) {
    try {
      const change = { branch, expect: before?.commit, parent, message, files };
      return await forge.branches.publish(change, signal);
    } catch (error) {
      if (error instanceof ForgeError && error.code === "conflict") return undefined;
      throw error;
    }
  }
  const commit = await git.commit({ parent, message, files });
  const reference = `refs/heads/${branch}`;
  const pushed = await remote.push({ commit, reference, expect: { oid: before?.commit } });
  if (pushed.kind === "refused")
    throw new RequestError(`${remote.name} does not take ${branch}: ${pushed.reason}.`);
  return pushed.kind === "pushed" ? commit : undefined;
}
