import { join, relative } from "node:path";
import type { EditAnswer, ProposeAnswer } from "#app";
import type { Context } from "../options.ts";
import { sayDiagnostics, sayJson, sayNote } from "../speak.ts";

/** What the verbs that edit take beside their own options. */
export const PR_OPTION = [
  "--pr",
  "leave this folder as it is: put the edit on a branch of its own and open its pull request",
] as const;

/** An edit that may be made here, or proposed. */
export interface Proposable {
  readonly pr: true | undefined;
  /** Undefined: it is about no artifact, and the step alone names its branch. */
  readonly artifact: string | undefined;
  readonly step: string;
  /** What is asked, for the title of a pull request. */
  readonly title: string;
  readonly edit: (root: string) => Promise<EditAnswer>;
}

/** Makes the edit in the promotions repository, or with `--pr` on a branch of the remote, and says what came of it. */
export async function sayEditOrProposal(
  context: Context,
  { pr, artifact, step, title, edit }: Proposable,
  signal: AbortSignal,
): Promise<number> {
  if (pr !== true) return sayEdit(context, await edit(context.root));
  const { branchOf, propose } = await import("#app");
  const { root, shell } = context;
  const branch = artifact === undefined ? `waybill/${step}` : branchOf(artifact, step);
  return sayProposal(context, await propose({ root, env: shell.env, branch, title, edit, signal }));
}

/** Where the person stands, in another copy of the repository: paths in flags are relative to it. */
export function folderIn(root: string, context: Context): string {
  if (root === context.root) return context.shell.folder;
  return join(root, relative(context.root, context.shell.folder));
}

/** One JSON value on stdout in every format: what opens a pull request elsewhere reads it (issue 6 §5). */
function sayProposal(context: Context, answer: ProposeAnswer): number {
  if (answer.kind === "refused") {
    sayDiagnostics(context, answer.diagnostics);
    return 2;
  }
  const { branch, commit = null, base, url = null, sentence, notes } = answer;
  context.shell.out(`${JSON.stringify({ branch, commit, base, url })}\n`);
  for (const note of notes) sayNote(context, `note: ${note}`);
  sayNote(context, sentence);
  return 0;
}

/** Says what was edited: the file, and what changed in it; nothing where it was so already. */
function sayEdit(context: Context, edit: EditAnswer): number {
  switch (edit.kind) {
    case "refused":
      sayDiagnostics(context, edit.diagnostics);
      return 2;
    case "unchanged":
    case "written": {
      const changed = edit.kind === "written";
      if (context.format === "json") sayJson(context, { file: edit.file, changed });
      else context.shell.out(changed ? `${edit.file}\n` : "");
      sayNote(context, edit.sentence);
      return 0;
    }
  }
}
