import type { MergedChange } from "#model";

/** What a reader must know before the rest (002-23). */
export const NOTE_SECTIONS = ["breaking", "security", "schema", "upgrade"] as const;
export type NoteSection = (typeof NOTE_SECTIONS)[number];

/** One merged pull request in a section, with what its trailer says there. */
export interface NoteEntry {
  readonly change: MergedChange;
  /** Undefined: a label alone put it there. */
  readonly text: string | undefined;
}

/** Merged pull requests by what they are to a reader; one may be in several sections. */
export interface SortedNotes {
  readonly sections: Readonly<Record<NoteSection, readonly NoteEntry[]>>;
  /** What testers should try (002-63). */
  readonly tries: readonly NoteEntry[];
  /** In no section. */
  readonly others: readonly MergedChange[];
}

type Subject = NoteSection | "try";

const LABELS: Readonly<Record<string, Subject>> = {
  breaking: "breaking",
  "breaking-change": "breaking",
  "semver-major": "breaking",
  security: "security",
  vulnerability: "security",
  schema: "schema",
  "schema-change": "schema",
  migration: "schema",
  upgrade: "upgrade",
  "upgrade-notes": "upgrade",
  "action-required": "upgrade",
  "needs-testing": "try",
  "try-this": "try",
};

const TRAILERS: Readonly<Record<string, Subject>> = {
  breaking: "breaking",
  "breaking-change": "breaking",
  security: "security",
  schema: "schema",
  migration: "schema",
  upgrade: "upgrade",
  try: "try",
  testing: "try",
};

const TRAILER = /^([A-Za-z]+(?:[- ][A-Za-z]+)?):[ \t]+(\S.*)$/;
/** The mark of Conventional Commits: `feat(api)!: …`. */
const BREAKING_TITLE = /^[a-z]+(?:\([^()]*\))?!:/;
const TEXTS_A_CHANGE = 5;
const BODY_READ = 100_000;

/** Sorts merged pull requests by label, trailer or title; all three are data, whoever wrote them. */
export function sortNotes(merged: readonly MergedChange[]): SortedNotes {
  const entries: { readonly subject: Subject; readonly entry: NoteEntry }[] = [];
  const others: MergedChange[] = [];
  for (const change of merged) {
    const found = subjectsOf(change);
    if (![...found.keys()].some((subject) => subject !== "try")) others.push(change);
    for (const [subject, texts] of found) {
      const told = texts.length === 0 ? [undefined] : texts.slice(0, TEXTS_A_CHANGE);
      entries.push(...told.map((text) => ({ subject, entry: { change, text } })));
    }
  }
  function of(wanted: Subject): readonly NoteEntry[] {
    return entries.flatMap(({ subject, entry }) => (subject === wanted ? [entry] : []));
  }
  const sections = {
    breaking: of("breaking"),
    security: of("security"),
    schema: of("schema"),
    upgrade: of("upgrade"),
  };
  return { sections, tries: of("try"), others };
}

function subjectsOf({
  title,
  body,
  labels,
}: MergedChange): ReadonlyMap<Subject, readonly string[]> {
  const found = new Map<Subject, string[]>();
  function add(subject: Subject | undefined, text?: string): void {
    if (subject === undefined) return;
    const texts = found.get(subject) ?? [];
    found.set(subject, texts);
    if (text !== undefined && !texts.includes(text)) texts.push(text);
  }
  for (const label of labels) add(own(LABELS, nameOf(label)));
  if (BREAKING_TITLE.test(title)) add("breaking");
  for (const [key, text] of trailersIn(body)) add(own(TRAILERS, key), text);
  return found;
}

function own(table: Readonly<Record<string, Subject>>, key: string): Subject | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** `kind/Breaking Change`, `type: breaking-change` and `breaking change` are one label. */
function nameOf(label: string): string {
  const words = label.toLowerCase().split(/[/:]/).at(-1) ?? "";
  return words.trim().replace(/[\s_]+/g, "-");
}

/** Lines `Key: text` anywhere in a body, save in fenced code, where examples stand. */
function trailersIn(body: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  let fence: string | undefined;
  for (const line of body.slice(0, BODY_READ).split(/\r\n|\r|\n/)) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      continue;
    }
    const [, key, text] = fence === undefined ? (TRAILER.exec(line) ?? []) : [];
    if (key !== undefined && text !== undefined)
      found.push([key.toLowerCase().replace(" ", "-"), text.trim()]);
  }
  return found;
}
