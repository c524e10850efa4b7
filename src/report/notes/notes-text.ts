import type { ReleaseNotes } from "#model";
import { plain } from "../plain-text.ts";
import { NOTE_SECTIONS, sortNotes, type NoteEntry } from "./sections.ts";
import { sinceWords, unreadWords, warningsOf } from "./words.ts";

/** Release notes for a terminal: one line each. */
export function notesText(notes: ReleaseNotes): string {
  const { artifact, version, digest, source, changes } = notes;
  const lines = [`${artifact} ${version} ${digest}`, sinceWords(notes)];
  if (source.compareUrl !== undefined) lines.push(source.compareUrl);
  if (changes.kind === "unread") lines.push(unreadWords(notes));
  else {
    const { sections, tries, others } = sortNotes(changes.merged);
    lines.push(
      ...warningsOf(changes),
      ...part("try", tries),
      ...NOTE_SECTIONS.flatMap((name) => part(name, sections[name])),
      ...part(
        "merged",
        others.map((change) => ({ change, text: undefined })),
      ),
    );
  }
  return lines.map((line) => `${plain(line)}\n`).join("");
}

function part(name: string, entries: readonly NoteEntry[]): readonly string[] {
  return entries.map(({ change, text }) => {
    const said = text === undefined ? "" : `: ${text}`;
    return `${name.padEnd(8)}  #${change.number} ${change.title}${said}`;
  });
}
