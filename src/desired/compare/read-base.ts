import type { Diagnostic } from "#model";
import { warningAt } from "../diagnostics.ts";
import { artifactOfPath, promotionOf, type PromotionDocument } from "../documents/promotion.ts";
import { readYaml, type SourceFile } from "../yaml/read.ts";

/** The base's promotion files as far as they can be understood, and a warning for each that does not parse. */
export interface BaseReading {
  readonly documents: readonly PromotionDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads promotion files of the base revision leniently (contract §2): nobody can correct them any more, so that a
 * mistake there is a warning at most. A file whose text is that of today is not read again.
 */
export function readBase(
  files: readonly SourceFile[],
  current: readonly PromotionDocument[],
): BaseReading {
  const today = new Map(current.map((document) => [document.file, document]));
  const documents: PromotionDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const same = today.get(file.path);
    if (artifactOfPath(file.path) === undefined) continue;
    if (same?.text === file.text) {
      documents.push(same);
      continue;
    }
    const { tree, diagnostics: mistakes } = readYaml(file);
    const [first] = mistakes;
    documents.push(promotionOf(tree, { text: file.text, mistakes }));
    if (first !== undefined) diagnostics.push(unreadable(file.path, first));
  }
  return { documents, diagnostics };
}

function unreadable(file: string, first: Diagnostic): Diagnostic {
  return warningAt({ file, line: 1, column: 1 }, "base-unreadable", {
    message: `At the base revision this file does not parse (line ${first.line}: ${first.message}) It was read as far as that goes.`,
    hint: "compare it by hand: what could not be read there was not compared",
  });
}
