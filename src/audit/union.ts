import { compareText } from "#model";
import { parseRecordLine } from "./parse-line.ts";

/**
 * Joins notes of one commit: the union of their lines by id, in the order in which the runs began, so that any two
 * orders of joining give the same note. Lines that are none of ours stay, whole and first. Git's own `cat_sort_uniq`
 * joins text and not records (issue 6 §4).
 */
export function unionOfNotes(notes: readonly string[]): string {
  const records = new Map<string, { readonly line: string; readonly at: string }>();
  const others = new Set<string>();
  for (const line of notes.flatMap((note) => note.split("\n"))) {
    if (line.trim() === "") continue;
    const record = parseRecordLine(line);
    if (record === undefined) others.add(line);
    else records.set(record.id, { line, at: `${record.startedAt} ${record.id}` });
  }
  const ordered = [...records.values()].toSorted((a, b) => compareText(a.at, b.at));
  return [...[...others].toSorted(compareText), ...ordered.map(({ line }) => line)]
    .map((line) => `${line}\n`)
    .join("");
}
