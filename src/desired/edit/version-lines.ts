import { versionIdentity, type Diagnostic, type Json } from "#model";
import type { YAMLMap, YAMLSeq } from "yaml";
import { errorAt, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import { asList, asMap, pairIn, startOf, valueIn } from "./layout.ts";
import { isObject, itemsOf, type EditedDocument, type JsonObject } from "./open-document.ts";
import { quoteOf, type Quote } from "./scalar-text.ts";

/** One line of `versions`: what it says, and its node. */
export interface Line {
  readonly index: number;
  readonly data: JsonObject;
  readonly node: YAMLMap;
}

/** The list of versions; undefined where there is none yet. */
function versionsNode(doc: EditedDocument): YAMLSeq | undefined {
  return asList(valueIn(doc.root, "versions"));
}

/** The data under `versions`; none where it is no list. */
export function versionsData(doc: EditedDocument): readonly Json[] {
  return itemsOf(doc.data["versions"]);
}

/** All lines that are maps, in file order. */
export function linesOf(doc: EditedDocument): readonly Line[] {
  const items = versionsNode(doc)?.items ?? [];
  const versions = versionsData(doc);
  return items.flatMap((item, index) => {
    const node = asMap(item);
    const data = versions[index];
    return node !== undefined && isObject(data) ? [{ index, data, node }] : [];
  });
}

/** The text of a key of a line; empty where it has none. */
export function textIn(line: Line, key: string): string {
  const value = line.data[key];
  return typeof value === "string" ? value : "";
}

/** The line of a version, `v1.4.1` and `1.4.1` being one. */
export function findLine(doc: EditedDocument, version: string): Line | undefined {
  const identity = versionIdentity(version);
  return linesOf(doc).find((line) => versionIdentity(textIn(line, "version")) === identity);
}

/** The line of a version; a diagnostic with the nearest one where there is none. */
export function lineOfVersion(doc: EditedDocument, version: string): Line | Diagnostic {
  const found = findLine(doc, version);
  if (found !== undefined) return found;
  const lines = linesOf(doc);
  const key = pairIn(doc.root, "versions");
  return errorAt(doc.positionAt(key === undefined ? 0 : startOf(key)), "unknown-version", {
    message: `No line of this file has the version ${shown(version)}.`,
    hint: suggestion(
      version,
      lines.map((line) => textIn(line, "version")),
      "register it first",
    ),
  });
}

/** What the file says once one line says something else. */
export function withLine(doc: EditedDocument, index: number, line: JsonObject): JsonObject {
  return { ...doc.data, versions: versionsData(doc).with(index, line) };
}

/**
 * How a new value of a map is quoted where nothing nearer tells: as its keys are, which are bare as a rule
 * and quoted in JSON.
 */
export function quoteOfKeys(map: YAMLMap | undefined): Quote {
  return quoteOf(map?.items[0]?.key) ?? "plain";
}
