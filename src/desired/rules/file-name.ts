import type { Diagnostic } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { PromotionDocument } from "../documents/promotion.ts";
import { keyPositionOf, textOf, valueOf } from "../yaml/tree.ts";

/** The file's path and its keys `project` and `name` must say the same (contract §1); reported at the key. */
export function checkFileName(document: PromotionDocument): readonly Diagnostic[] {
  const project = textOf(valueOf(document.tree.root, "project"));
  const name = textOf(valueOf(document.tree.root, "name"));
  if (project === undefined || name === undefined) return [];
  const wrong = [
    { key: "project", says: project, expected: document.project },
    { key: "name", says: name, expected: document.name },
  ].filter(({ says, expected }) => says !== expected);
  return wrong.map(({ key, says, expected }) =>
    errorAt(keyPositionOf(document.tree, [key]), "file-name", {
      message: `The file says ${key} ${shown(says)}, its path says ${shown(expected)}.`,
      expected: `${key}: ${expected}`,
      hint: `move the file to promotions/${project}/${name}.yaml, or correct ${key}`,
    }),
  );
}
