/** The words a person may type and their grammar (contract §1): the one place where each pattern stands. */

const PROJECT = /^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$/;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const VERSION = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const WORD = /^[a-z][a-z0-9-]{0,62}$/;

/** Tells whether the text is a project name: one path component of at most 64 characters, not `localhost`. */
export function isProject(text: string): boolean {
  return text.length <= 64 && text !== "localhost" && PROJECT.test(text);
}

/** Tells whether the text is an artifact's name: OCI path components joined by `/`, at most 128 characters. */
export function isName(text: string): boolean {
  return text.length <= 128 && NAME.test(text);
}

/** Tells whether the text is a repository path as the distribution specification has it (any length up to 255). */
export function isRepositoryPath(text: string): boolean {
  return text.length <= 255 && NAME.test(text);
}

/** Tells whether the text is a version. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Tells whether the text is a tag as the distribution specification has it. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Tells whether the text names a channel, site, rule, authority or group. */
export function isWord(text: string): boolean {
  return WORD.test(text);
}
