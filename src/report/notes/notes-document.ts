import type { Json, MergedChange, ReleaseNotes } from "#model";
import { plain } from "../plain-text.ts";
import { NOTE_SECTIONS, sortNotes, type NoteEntry } from "./sections.ts";

/**
 * More than this many in one list are counted, not named. Six full lists of the widest characters stay below the mebibyte
 * of a bundle that we read back.
 */
const ENTRIES = 50;
const TITLE = 200;
const TEXT = 300;

/** Release notes as JSON: the document of `waybill notes`, and the predicate of the statement that is attached (002-65). */
export function notesDocument(notes: ReleaseNotes): Readonly<Record<string, Json>> {
  const { artifact, version, digest, channel, against, source, changes } = notes;
  const shared = {
    schema: "waybill.dev/release-notes/v1",
    artifact,
    version,
    digest,
    channel: channel ?? null,
    against: against ?? null,
    source: {
      repository: source.url ?? null,
      from: source.from ?? null,
      to: source.to ?? null,
      compare: source.compareUrl ?? null,
      platforms: source.platforms,
    },
  };
  if (changes.kind === "unread") return { ...shared, read: false, why: plain(changes.why, 500) };
  const { sections, tries, others } = sortNotes(changes.merged);
  const { relation, commits, isWhole, merged } = changes;
  return {
    ...shared,
    read: true,
    relation,
    commits,
    whole: isWhole,
    counts: {
      merged: merged.length,
      ...Object.fromEntries(NOTE_SECTIONS.map((name) => [name, sections[name].length])),
      tries: tries.length,
      others: others.length,
    },
    sections: Object.fromEntries(NOTE_SECTIONS.map((name) => [name, entries(sections[name])])),
    tries: entries(tries),
    others: entries(others.map((change) => ({ change, text: undefined }))),
  };
}

function entries(list: readonly NoteEntry[]): Json {
  return list.slice(0, ENTRIES).map(({ change, text }) => ({
    ...pull(change),
    ...(text === undefined ? {} : { text: plain(text, TEXT) }),
  }));
}

function pull({ number, title, author }: MergedChange): Record<string, Json> {
  return { number, title: plain(title, TITLE), author: author ?? null };
}
