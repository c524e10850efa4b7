import type { Policies } from "#desired";
import type { DesiredState } from "#model";
import type { GitRepository } from "#scm";
import { FOLDERS } from "../read-files.ts";

/** What git said at one commit, read leniently: nobody can correct it any more. */
export interface SaidAt {
  readonly desired: DesiredState;
  readonly policies: Policies;
  /** There was no policy at all. */
  readonly isBare: boolean;
}

/** Which part of a commit to read. */
export interface SayingRequest {
  /** Undefined: nothing was said yet. */
  readonly commit: string | undefined;
  /** The promotion files that matter; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
}

/** Reads policies and promotions of a commit. */
export async function saidAt(git: GitRepository, { commit, only }: SayingRequest): Promise<SaidAt> {
  const rooms = await import("#desired");
  const paths = commit === undefined ? [] : await git.filesAt(commit, FOLDERS);
  const wanted = paths.filter(
    (path) => !path.startsWith("promotions/") || (only?.has(path) ?? true),
  );
  const texts = commit === undefined ? new Map<string, string>() : await git.read(commit, wanted);
  const files = [...texts].map(([path, text]) => ({ path, text }));
  const { policies } = rooms.readPolicies(files);
  const { desired } = rooms.resolve({
    promotions: rooms.readPromotions(files).documents,
    policies,
    kpromo: rooms.readKpromo(files).artifacts,
  });
  return { desired, policies, isBare: !paths.some((path) => path.startsWith("policies/")) };
}
