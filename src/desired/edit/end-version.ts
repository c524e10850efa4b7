import type { Diagnostic } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { SourceFile } from "../yaml/read.ts";
import type { Edit } from "./edit.ts";
import { startOf, valueIn } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";
import { runSteps, type Change } from "./run-steps.ts";
import { quoteOf, scalarText, type Quote } from "./scalar-text.ts";
import { setKey } from "./set-key.ts";
import {
  lineOfVersion,
  linesOf,
  quoteOfKeys,
  textIn,
  withLine,
  type Line,
} from "./version-lines.ts";

/** A version that goes out of use, and why. */
export interface Ending {
  readonly version: string;
  readonly reason: string;
}

/** Says that a version stays where it is and is promoted nowhere (contract §4, `deprecate`). */
export function deprecateVersion(file: SourceFile, ending: Ending): Edit {
  return endVersion(file, "deprecated", ending);
}

/** Says that a version leaves every place (contract §4, `retire`). */
export function retireVersion(file: SourceFile, ending: Ending): Edit {
  return endVersion(file, "retired", ending);
}

function endVersion(file: SourceFile, state: "deprecated" | "retired", ending: Ending): Edit {
  return runSteps(file, [
    (doc) => checkState(doc, state, ending),
    (doc) => setText(doc, ending, { key: "state", value: state, after: ["from", "digest"] }),
    (doc) => setText(doc, ending, { key: "reason", value: ending.reason, after: ["state"] }),
  ]);
}

function checkState(
  doc: EditedDocument,
  state: string,
  { version }: Ending,
): Diagnostic | undefined {
  const line = lineOfVersion(doc, version);
  if ("code" in line) return line;
  if (textIn(line, "state") !== "retired" || state === "retired") return undefined;
  return errorAt(doc.positionAt(startOf(line.node)), "state-went-back", {
    message: `${shown(version)} is retired, and a state only goes forward.`,
    hint: "come back as a new version",
  });
}

interface Setting {
  readonly key: "state" | "reason";
  readonly value: string;
  /** The keys that it goes behind; the first that the line has counts. */
  readonly after: readonly string[];
}

function setText(
  doc: EditedDocument,
  { version }: Ending,
  { key, value, after }: Setting,
): Change | Diagnostic | undefined {
  const line = lineOfVersion(doc, version);
  if ("code" in line) return line;
  if (line.data[key] === value) return undefined;
  const before = after.find((each) => each in line.data);
  const text = scalarText(value, quoteFor(doc, line, key));
  return {
    splices: setKey(doc, line.node, { key, text, ...(before !== undefined && { after: before }) }),
    expected: withLine(doc, line.index, { ...line.data, [key]: value }),
  };
}

/** As it was, else as other lines have it, else as the keys are. */
function quoteFor(doc: EditedDocument, line: Line, key: string): Quote {
  const like = [line, ...linesOf(doc)].map((each) => quoteOf(valueIn(each.node, key)));
  return like.find((quote) => quote !== undefined) ?? quoteOfKeys(line.node);
}
