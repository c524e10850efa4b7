import { parseAddress, repositoryAt, type Diagnostic, type Kind } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import type { SourceFile } from "../yaml/read.ts";
import { insertInList } from "./begin-list.ts";
import type { Edit } from "./edit.ts";
import { asMap, startOf, valueIn } from "./layout.ts";
import { newLine } from "./new-line.ts";
import type { ArtifactSource } from "./new-promotion.ts";
import type { EditedDocument } from "./open-document.ts";
import { runSteps, type Change } from "./run-steps.ts";
import { findLine, linesOf, textIn, versionsData } from "./version-lines.ts";
import { indexForVersion } from "./version-order.ts";

/** A version to write down in a promotion file that exists. */
export interface Registration {
  readonly version: string;
  readonly digest: string;
  /** A listed version of the same digest, which this one is released from. */
  readonly from?: string;
  /** Given: must be what the file says. */
  readonly kind?: Kind;
  readonly source?: ArtifactSource;
}

/** Adds a version to a promotion file, where the file's own order would have it (contract §4, `register`). */
export function registerVersion(file: SourceFile, registration: Registration): Edit {
  return runSteps(file, [
    (doc) => checkArtifact(doc, registration),
    (doc) => addLine(doc, registration),
  ]);
}

function checkArtifact(
  doc: EditedDocument,
  { kind, source }: Registration,
): Diagnostic | undefined {
  const artifact = asMap(valueIn(doc.root, "artifact"));
  const from = artifact && asMap(valueIn(artifact, "source"));
  const oldKind: unknown = artifact?.get("kind");
  const oldSource: unknown = from?.get("repository");
  if (artifact !== undefined && kind !== undefined && oldKind !== kind) {
    return errorAt(doc.positionAt(startOf(artifact)), "kind-changed", {
      message: `The artifact is a ${String(oldKind)}, and its kind never changes.`,
      hint: `register the ${kind} under another name`,
    });
  }
  if (from === undefined || source === undefined || typeof oldSource !== "string") return undefined;
  if (canonical(oldSource) === canonical(source.repository)) return undefined;
  return errorAt(doc.positionAt(startOf(from)), "source-differs", {
    message: `The artifact comes from ${shown(oldSource)}, not from ${shown(source.repository)}.`,
    hint: "say no source; to move the artifact's source, edit the file in a pull request of its own",
  });
}

/** Two spellings of one place are one source. */
function canonical(repository: string): string {
  const address = parseAddress(repository);
  return typeof address === "string" ? repository : repositoryAt(address);
}

function addLine(doc: EditedDocument, registration: Registration): Change | Diagnostic | undefined {
  const found = checkLine(doc, registration);
  if (found !== "new") return found;
  const { version, digest, from } = registration;
  const line = { version, digest, ...(from !== undefined && { from }) };
  const versions = linesOf(doc).map((each) => textIn(each, "version"));
  const index = indexForVersion(versions, version);
  const neighbour = linesOf(doc)[index] ?? linesOf(doc)[index - 1];
  const item = newLine(neighbour?.node, doc.text, Object.entries(line));
  return {
    splices: insertInList(doc, { key: "versions", index }, item),
    expected: { ...doc.data, versions: versionsData(doc).toSpliced(index, 0, line) },
  };
}

/** "new" where the line may be added; undefined where it is there already. */
function checkLine(
  doc: EditedDocument,
  registration: Registration,
): "new" | Diagnostic | undefined {
  const { version, digest, from } = registration;
  const same = findLine(doc, version);
  if (same === undefined)
    return from === undefined ? checkDigest(doc, digest) : checkFrom(doc, registration, from);
  if (textIn(same, "digest") === digest) return undefined;
  return errorAt(doc.positionAt(startOf(same.node)), "digest-changed", {
    message: `${shown(version)} is ${textIn(same, "digest")} already, and a version's digest never changes.`,
    hint: "register the new digest under a new version",
  });
}

function checkDigest(doc: EditedDocument, digest: string): "new" | Diagnostic {
  const twin = linesOf(doc).find((line) => textIn(line, "digest") === digest);
  if (twin === undefined) return "new";
  const version = textIn(twin, "version");
  return errorAt(doc.positionAt(startOf(twin.node)), "duplicate-digest", {
    message: `${digest} is registered as ${shown(version)} already.`,
    hint: `to release it under a second version, register that one --from ${version}`,
  });
}

function checkFrom(
  doc: EditedDocument,
  { version, digest }: Registration,
  from: string,
): "new" | Diagnostic {
  const origin = findLine(doc, from);
  if (origin === undefined) {
    return errorAt(doc.positionAt(0), "from-not-listed", {
      message: `No line of this file has the version ${shown(from)}, which ${shown(version)} would be released from.`,
      hint: suggestion(
        from,
        linesOf(doc).map((line) => textIn(line, "version")),
        "register it first",
      ),
    });
  }
  if (textIn(origin, "digest") === digest) return "new";
  return errorAt(doc.positionAt(startOf(origin.node)), "from-other-digest", {
    message: `${shown(from)} is ${textIn(origin, "digest")}, not ${digest}.`,
    hint: "release a version from the line that has its digest",
  });
}
