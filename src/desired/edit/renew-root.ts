import type { SourceFile } from "../yaml/read.ts";
import type { Edit } from "./edit.ts";
import { asMap, mapAt, valueIn } from "./layout.ts";
import { inBraces } from "./new-line.ts";
import { objectIn, isObject, type EditedDocument } from "./open-document.ts";
import { runSteps, type Change } from "./run-steps.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";
import { setKey } from "./set-key.ts";

/** A trusted root that was fetched: its name in `trust.yaml`, its bytes' SHA-256 in hex, and when. */
export interface RenewedRoot {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  /** RFC 3339. */
  readonly fetchedAt: string;
}

/** Says in `trust.yaml` which bytes a root has now and since when; adds the root where it is not there yet (issue 5 §2). */
export function renewRoot(file: SourceFile, root: RenewedRoot): Edit {
  const keys = ["file", "sha256", "fetchedAt"] as const;
  return runSteps(file, [
    (doc) => addRoot(doc, root),
    ...keys.map((key) => (doc: EditedDocument) => setText(doc, root, key)),
  ]);
}

function addRoot(doc: EditedDocument, { name, ...says }: RenewedRoot): Change | undefined {
  const roots = objectIn(doc.data, "roots");
  if (isObject(roots[name])) return undefined;
  const pairs = Object.entries(says).map(
    ([key, value]) => `${key}: ${scalarText(value, key === "sha256" ? "double" : "plain")}`,
  );
  const map = asMap(valueIn(doc.root, "roots"));
  const text = inBraces(pairs, true);
  const expected = { ...doc.data, roots: { ...roots, [name]: { ...says } } };
  if (map !== undefined && map.items.length > 0)
    return { splices: setKey(doc, map, { key: name, text }), expected };
  const whole = inBraces([`${scalarText(name)}: ${text}`], true);
  return { splices: setKey(doc, doc.root, { key: "roots", text: whole, after: "kind" }), expected };
}

function setText(
  doc: EditedDocument,
  root: RenewedRoot,
  key: "file" | "sha256" | "fetchedAt",
): Change | undefined {
  const map = mapAt(doc.root, ["roots", root.name]);
  const roots = objectIn(doc.data, "roots");
  const now = objectIn(roots, root.name);
  if (map === undefined || now[key] === root[key]) return undefined;
  const text = scalarText(root[key], quoteOf(valueIn(map, key)));
  const entry = { ...now, [key]: root[key] };
  return {
    splices: setKey(doc, map, { key, text }),
    expected: { ...doc.data, roots: { ...roots, [root.name]: entry } },
  };
}
