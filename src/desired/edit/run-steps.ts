import { canonicalJson, type Diagnostic } from "#model";
import { errorAt } from "../diagnostics.ts";
import type { SourceFile } from "../yaml/read.ts";
import { applySplices, type Edit, type Splice } from "./edit.ts";
import {
  isDiagnostic,
  openDocument,
  type EditedDocument,
  type JsonObject,
} from "./open-document.ts";

/** One small change: where the text changes, and what the file says afterwards. */
export interface Change {
  readonly splices: readonly Splice[];
  readonly expected: JsonObject;
}

/** Looks at a document and says the next change towards its goal; undefined once the goal is reached. */
export type Step = (doc: EditedDocument) => Change | Diagnostic | undefined;

/** More changes than any command needs: a step that never ends is a mistake of ours, and stops here. */
const MAX_CHANGES = 5000;

/**
 * Runs steps, each until it has nothing more to say, and reads the text again after each change. A change
 * that did not come out as meant, in a layout that nobody thought of, is refused instead of written.
 */
export function runSteps(file: SourceFile, steps: readonly Step[]): Edit {
  let doc = openDocument(file);
  let changes = 0;
  for (const step of steps) {
    for (;;) {
      if (isDiagnostic(doc)) return { kind: "refused", diagnostic: doc };
      const change = step(doc);
      if (change === undefined) break;
      if ("code" in change) return { kind: "refused", diagnostic: change };
      changes += 1;
      doc = changes > MAX_CHANGES ? byHand(doc) : applyChange(file, doc, change);
    }
  }
  if (isDiagnostic(doc)) return { kind: "refused", diagnostic: doc };
  return doc.text === file.text ? { kind: "same" } : { kind: "changed", text: doc.text };
}

function applyChange(
  file: SourceFile,
  doc: EditedDocument,
  { splices, expected }: Change,
): EditedDocument | Diagnostic {
  const text = applySplices(doc.text, splices);
  const next = openDocument({ ...file, text });
  const isAsMeant = !isDiagnostic(next) && canonicalJson(next.data) === canonicalJson(expected);
  return isAsMeant ? next : byHand(doc);
}

function byHand(doc: EditedDocument): Diagnostic {
  return errorAt(doc.positionAt(0), "edit-by-hand", {
    message:
      "The file is laid out in a way that no command can edit without harm; it was left as it is.",
    hint: "make this change by hand, then run waybill validate",
  });
}
