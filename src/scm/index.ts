export type { FileChange } from "./git/changes.ts";
export { GitError } from "./git/git-error.ts";
export { openGit, type GitRepository } from "./git/repository.ts";
