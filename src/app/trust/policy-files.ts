import type { PoliciesReading, SourceFile } from "#desired";
import type { Diagnostic } from "#model";
import type { GitRepository } from "#scm";

/** Policy files that say whom to trust. */
export const TRUST_FILES: ReadonlySet<string> = new Set([
  "policies/trust.yaml",
  "policies/revocations.yaml",
]);
const CHANNELS = "policies/channels.yaml";

/** Where policy files are read. */
export interface PolicySource {
  readonly git: GitRepository | undefined;
  /** Whose policy it is; undefined: the work tree's. */
  readonly revision: string | undefined;
  /** The policies at that revision. */
  readonly reading: PoliciesReading;
  /** The work tree's files. */
  readonly own: { readonly files: readonly SourceFile[] };
}

/** The policy files of one revision that take part in decisions. */
export interface PolicyFiles {
  /** What was asked for, there or not. */
  readonly paths: readonly string[];
  /** Path → text; no link among them. */
  readonly texts: ReadonlyMap<string, string>;
  /** The same, and links, told as such. */
  readonly all: readonly SourceFile[];
}

/** Reads trust.yaml, revocations.yaml, channels.yaml and every file that the first names, from the revision's git objects. */
export async function readPolicyFiles(request: PolicySource): Promise<PolicyFiles> {
  const { git, revision, reading, own } = request;
  const { namedFiles } = await import("#desired");
  const { trust } = reading.policies;
  const paths = [...TRUST_FILES, CHANNELS, ...(trust === undefined ? [] : namedFiles(trust))];
  if (git === undefined || revision === undefined) {
    const wanted = new Set(paths);
    return filesOf(
      paths,
      own.files.filter(({ path }) => wanted.has(path)),
    );
  }
  const [texts, regular] = await Promise.all([
    git.read(revision, paths),
    git.filesAt(revision, paths),
  ]);
  const plain = new Set(regular);
  return filesOf(
    paths,
    [...texts].map(([path, text]) =>
      plain.has(path) ? { path, text } : { path, text, symlink: "inside" },
    ),
  );
}

/** What git or the work tree holds; a link is no policy, wherever it leads. */
function filesOf(paths: readonly string[], all: readonly SourceFile[]): PolicyFiles {
  const plain = all.filter(({ symlink }) => symlink === undefined);
  return {
    paths,
    texts: new Map(plain.map(({ path, text }) => [path, text])),
    all,
  };
}

/** A policy that is a link could be changed by whoever may change what it leads to (issue 5 §2). */
export function linkedPolicies(files: readonly SourceFile[]): readonly Diagnostic[] {
  return files
    .filter(({ path, symlink }) => TRUST_FILES.has(path) && symlink === "inside")
    .map(({ path }) => ({
      file: path,
      line: 1,
      column: 1,
      code: "policy-symlink",
      severity: "error",
      message: "The policy is a symbolic link.",
      expected: "the file itself",
      hint: "put the file itself there",
    }));
}
