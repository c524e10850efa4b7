/**
 * Settings of every git that we start, because a tree is data (promise 11). A folder of a pull request's tree that looks
 * like a repository would be taken for one, and its `config` names programs to run: git may only use a repository that
 * a `.git` leads to. Hooks and watchers are for people at work.
 */
export const SETTINGS: readonly string[] = [
  "safe.bareRepository=explicit",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
];

/** The same as arguments of `git`. */
export const SETTINGS_ARGS: readonly string[] = SETTINGS.flatMap((setting) => ["-c", setting]);
