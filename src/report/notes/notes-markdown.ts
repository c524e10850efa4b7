import type { MergedChange, ReleaseNotes } from "#model";
import { code, markdown } from "../plain-text.ts";
import { count } from "../quantities.ts";
import { link, list, type Detail } from "../github/parts.ts";
import { NOTE_SECTIONS, sortNotes, type NoteEntry, type NoteSection } from "./sections.ts";
import { sinceWords, unreadWords, warningsOf } from "./words.ts";

const HEADINGS: Readonly<Record<NoteSection, string>> = {
  breaking: "Breaking",
  security: "Security",
  schema: "Schema",
  upgrade: "Upgrade",
};

/** As much as fits, the whole first (issue 6 §2). */
const LADDER: readonly Detail[] = [
  { name: "full", rows: 200, text: 300 },
  { name: "compact", rows: 30, text: 120 },
  { name: "counts", rows: 5, text: 60 },
];
const CHARACTERS = 16_000;

/** Release notes as Markdown for a pull request, in which no foreign word is markup, a mention or a fence (002-23). */
export function notesMarkdown(notes: ReleaseNotes, characters: number = CHARACTERS): string {
  let text = "";
  for (const detail of LADDER) {
    text = `${linesOf(notes, detail).join("\n").trimEnd()}\n`;
    if (text.length <= characters) return text;
  }
  return text;
}

function linesOf(notes: ReleaseNotes, detail: Detail): readonly string[] {
  const { artifact, version, source, changes } = notes;
  const head = [`### Release notes: ${code(artifact)} ${code(version)}`, "", sinceLine(notes), ""];
  const made = madeLine(notes);
  if (made !== undefined) head.push(made, "");
  if (changes.kind === "unread") {
    const why = markdown(unreadWords(notes), 500);
    const compare =
      source.compareUrl === undefined ? "" : `${link("Compare the sources", source.compareUrl)}: `;
    return [...head, `${compare}${why}`, ""];
  }
  const { sections, tries, others } = sortNotes(changes.merged);
  return [
    ...head,
    ...warningsOf(changes).flatMap((warning) => [`> ${warning}`, ""]),
    ...part("What to try", tries, { notes, detail, mark: "[ ] " }),
    ...NOTE_SECTIONS.flatMap((name) => part(HEADINGS[name], sections[name], { notes, detail })),
    ...part(
      "Merged",
      others.map((change) => ({ change, text: undefined })),
      { notes, detail },
    ),
  ];
}

function sinceLine(notes: ReleaseNotes): string {
  const { changes, source } = notes;
  const since = sinceWords(notes, code);
  if (changes.kind === "unread") return since;
  const merged = count(changes.merged.length, "merged pull request");
  return `${since} ${link(merged, source.compareUrl)}.`;
}

function madeLine({ digest, source }: ReleaseNotes): string | undefined {
  const { url, to, platforms } = source;
  const commit = to === undefined ? undefined : code(to.slice(0, 12));
  const from =
    commit === undefined
      ? undefined
      : `made from ${link(commit, url === undefined ? undefined : `${url}/commit/${to}`)}`;
  const on = platforms.length === 0 ? undefined : `for ${platforms.map(code).join(", ")}`;
  return [code(digest), from, on].filter((word) => word !== undefined).join(", ");
}

interface Part {
  readonly notes: ReleaseNotes;
  readonly detail: Detail;
  readonly mark?: string;
}

function part(
  heading: string,
  entries: readonly NoteEntry[],
  { notes, detail, mark = "" }: Part,
): readonly string[] {
  if (entries.length === 0) return [];
  const items = entries.map(({ change, text }) => {
    const said = text === undefined ? "" : `: ${markdown(text, detail.text)}`;
    return `${mark}${markdown(change.title, detail.text)} (${reference(change, notes)})${said}`;
  });
  return [`**${heading}**`, "", ...list(items, detail)];
}

/** A number alone would name a pull request of the promotions repository. */
function reference({ number, author }: MergedChange, { source }: ReleaseNotes): string {
  const page = source.url === undefined ? undefined : `${source.url}/pull/${number}`;
  const by = author === undefined ? "" : `, ${markdown(author, 60)}`;
  return `${link(`no. ${number}`, page)}${by}`;
}
