import type { Digest } from "./digest.ts";

/** The predicate type of release notes that are attached to what they are about (002-65). */
export const RELEASE_NOTES = "https://waybill.dev/release-notes/v1";

/** A merged pull request of a source repository; every word of it is foreign. */
export interface MergedChange {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** A login; undefined: the account is gone. */
  readonly author: string | undefined;
  readonly mergedAt: string;
}

/** How the newer of two commits stands to the older one. */
export type CommitRelation = "ahead" | "behind" | "diverged" | "identical";

/** What was merged into a source repository between two commits. */
export interface MergedBetween {
  readonly relation: CommitRelation;
  readonly commits: number;
  /** Oldest first, each once. */
  readonly merged: readonly MergedChange[];
  /** False: there are more commits than are read, and the newest are not among these. */
  readonly isWhole: boolean;
}

/** What a version brings to a channel, as its source repository tells it (002-23). */
export interface ReleaseNotes {
  /** `project/name` */
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  /** Undefined: it is registered, and compared with the version registered before it. */
  readonly channel: string | undefined;
  /** The version that was there before; undefined: none was. */
  readonly against: string | undefined;
  readonly source: NotesSource;
  readonly changes: NotesChanges;
}

/** Where the artifact was made, by its own annotations, as far as they can be told. */
export interface NotesSource {
  /** The page of the repository, `https://HOST/OWNER/NAME`. */
  readonly url: string | undefined;
  /** Commits, in hex. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The page that compares both. */
  readonly compareUrl: string | undefined;
  readonly platforms: readonly string[];
}

/** What was read, or why nothing was: never silence, which would read as "nothing changed". */
export type NotesChanges =
  | ({ readonly kind: "read" } & MergedBetween)
  | { readonly kind: "unread"; readonly why: string };
