export type * from "./forge.ts";
export { ForgeError, type ForgeErrorCode } from "./forge-error.ts";
export type { FileChange } from "./git/changes.ts";
export { openBareClone, type BareClone } from "./git/bare-clone.ts";
export { GitError } from "./git/git-error.ts";
export { notesIn, type GitNotes, type NotesTip } from "./git/notes.ts";
export { hashOfFiles, openProposals, type GitProposals } from "./git/proposals.ts";
export { openRemote, type GitRemote } from "./git/remote.ts";
export { openGit, type GitRepository } from "./git/repository.ts";
export { openTimeline, type BranchCommit, type GitTimeline } from "./git/timeline.ts";
export {
  convertManifest,
  openGitHubApp,
  type GitHubApp,
  type GitHubServer,
  type MadeGitHubApp,
} from "./github/app.ts";
export type { LimitWait } from "./github/client.ts";
export { tokenFrom, type GitHubCredential } from "./github/credential.ts";
export { openGitHub, type GitHubOptions } from "./github/open.ts";
export {
  gitHubPlaceFromName,
  gitHubPlaceOf,
  gitHubServerOf,
  type GitHubPlace,
} from "./github/place.ts";
export {
  keepSticky,
  type StickyComment,
  type StickyForge,
  type StickyOutcome,
} from "./sticky-comment.ts";
