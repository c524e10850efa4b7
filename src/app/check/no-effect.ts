import type { SourceFile } from "#desired";
import type { Diagnostic } from "#model";
import type { ChangedFiles } from "./changed-files.ts";

/** Words about promotions that may lie beside them. */
const NO_PROMOTION = /(?:^|\/)(?:\.[^/]*|[^/]*\.md|OWNERS|CODEOWNERS)$/;

/**
 * Changes below `promotions/` that cannot do anything (issue 6 §1): a file lies where nothing reads it, or files are
 * written anew and none of them says anything else. Comments and order are nobody's mistake.
 */
export async function checkEffect(
  { promotions, before }: Pick<ChangedFiles, "promotions" | "before">,
  files: readonly SourceFile[],
): Promise<readonly Diagnostic[]> {
  const { howDiffers, isPromotionPath } = await import("#desired");
  const now = new Map(files.map((file) => [file.path, file]));
  const aside = promotions.filter((path) => !isPromotionPath(path));
  const unread = aside.filter((path) => now.has(path) && !NO_PROMOTION.test(path));
  const read = promotions.filter(isPromotionPath);
  const differences = read.map((path) => howDiffers(before.get(path), now.get(path)));
  const rewritten = differences.includes("content")
    ? []
    : read.filter((_, at) => differences[at] === "form");
  return [
    ...unread.map(liesAside),
    ...rewritten.map((path) =>
      onlyRewritten(path, before.get(path)?.text ?? "", now.get(path)?.text ?? ""),
    ),
  ];
}

/** The promotion files that say something else than at the base. */
export async function saidAnew(
  changed: Pick<ChangedFiles, "promotions" | "before"> | undefined,
  { files }: { readonly files: readonly SourceFile[] },
): Promise<ReadonlySet<string>> {
  if (changed === undefined) return new Set();
  const { howDiffers, isPromotionPath } = await import("#desired");
  const now = new Map(files.map((file) => [file.path, file]));
  return new Set(
    changed.promotions.filter(
      (path) =>
        isPromotionPath(path) && howDiffers(changed.before.get(path), now.get(path)) === "content",
    ),
  );
}

function liesAside(file: string): Diagnostic {
  return {
    file,
    line: 1,
    column: 1,
    code: "no-effect",
    severity: "error",
    message: "The file lies where nothing reads it, so that this change does nothing.",
    expected: "promotions/<project>/<name>.yaml",
    hint: "move or rename it, or remove it",
  };
}

function onlyRewritten(file: string, before: string, now: string): Diagnostic {
  return {
    file,
    line: firstDifference(before, now),
    column: 1,
    code: "no-effect",
    severity: "error",
    message: "The file is written differently and says the same, so that this change does nothing.",
    expected: "another version, channel, state or pin",
    hint: "check that the change you meant is in the file; else leave the file as it was",
  };
}

function firstDifference(before: string, now: string): number {
  const old = before.split("\n");
  const at = now.split("\n").findIndex((line, index) => line !== old[index]);
  return at < 0 ? 1 : at + 1;
}
