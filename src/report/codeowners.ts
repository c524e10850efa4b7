import {
  compareText,
  DEFAULT_APPROVALS,
  globsMeet,
  matchesGlob,
  type Channel,
  type Glob,
  type OwnerGroup,
  type Owners,
} from "#model";

/** Files that only admins may change, and that no channel speaks of (issue 6 §3). */
const GUARDED: readonly Glob[] = ["policies/**", ".github/**", "CODEOWNERS", "docs/CODEOWNERS"];

/** A line to be: a glob of ours, whose approval it asks for, and what the format cannot say of it. */
interface Entry {
  readonly glob: Glob;
  readonly owners: readonly string[];
  readonly notes: readonly string[];
}

/**
 * A CODEOWNERS that asks, by path, for no less than policies/owners.yaml: every path with owners there has owners here,
 * never an empty line, and where rows overlap those who satisfy them all, if there are any. The format takes the last
 * line that matches and one of its owners; what it cannot say stands above as a comment.
 */
export function codeowners(owners: Owners, channels: ReadonlyMap<string, Channel>): string {
  const admins = tokensOf(owners, owners.admins);
  const entries = [
    ...owners.rows.flatMap((row) =>
      row.paths.map((glob) => ({
        glob,
        owners: tokensOf(owners, row.from),
        notes: [
          ...(row.kinds === undefined
            ? []
            : [`asked for ${row.kinds.join(", ")} only; here, for every file`]),
          ...notesOf(owners, row.from),
        ],
      })),
    ),
    ...GUARDED.map((glob) => ({ glob, owners: admins, notes: notesOf(owners, owners.admins) })),
  ];
  const lines = ordered(entries).flatMap((entry, index, all) =>
    linesOf(entry, { before: all.slice(0, index), admins }),
  );
  return `${[...HEAD, ...channelLines(channels), "", ...lines].join("\n")}\n`;
}

const HEAD = [
  "# Written by `waybill owners --codeowners` from policies/owners.yaml: change that, and write this again.",
  "# The check `waybill / approval` decides; these lines let the forge ask the right people.",
];

function channelLines(channels: ReadonlyMap<string, Channel>): readonly string[] {
  return [...channels.values()]
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(({ name, approvals = DEFAULT_APPROVALS }) => {
      const from = approvals.from === undefined ? "who may write" : approvals.from.join(", ");
      return `# Not said here: channel ${name} asks for ${approvals.count} of ${from}.`;
    });
}

interface Around {
  /** The entries above it, all of which it overrides where both match. */
  readonly before: readonly Entry[];
  readonly admins: readonly string[];
}

function linesOf({ glob, owners, notes }: Entry, { before, admins }: Around): readonly string[] {
  const comments = [...notes];
  let asked = owners;
  if (asked.length === 0) {
    comments.push("nobody who could approve is named; admins are asked instead");
    asked = admins;
  }
  for (const other of before) {
    if (other.owners.length === 0 || !globsMeet(other.glob, glob)) continue;
    const both = asked.filter((token) => other.owners.includes(token));
    const isWithin = contains(other.glob, glob);
    if (isWithin && both.length > 0) asked = both;
    else if (both.length < asked.length)
      comments.push(`${other.glob} asks for one of ${other.owners.join(" ")} too`);
  }
  const said = [...new Set(comments)].map((comment) => `# ${glob}: ${comment}.`);
  if (asked.length === 0)
    return [...said, `# ${glob}: not said, because a line without owners would ask nobody.`];
  return [...said, ...patternsOf(glob).map((pattern) => `${pattern} ${asked.join(" ")}`)];
}

/** Wider globs first, because the last line that matches decides. */
function ordered(entries: readonly Entry[]): readonly Entry[] {
  const depths = new Map(
    entries.map((entry) => [
      entry,
      entries.filter(({ glob }) => glob !== entry.glob && contains(glob, entry.glob)).length,
    ]),
  );
  return entries.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}

/** Whether one glob surely matches everything that another does. */
function contains(wide: Glob, narrow: Glob): boolean {
  if (wide === narrow) return true;
  if (!narrow.includes("*")) return matchesGlob(wide, narrow);
  const prefix = wide.endsWith("**") ? wide.slice(0, -2) : undefined;
  return prefix !== undefined && !prefix.includes("*") && narrow.startsWith(prefix);
}

/**
 * A glob in the patterns of gitignore, where `**` is a whole part or nothing: one that stands within a part becomes the
 * nearest wider pattern.
 */
function patternsOf(glob: Glob): readonly string[] {
  if (glob === "**") return ["*"];
  const parts = glob.split("/");
  const mixed = parts.findIndex((part) => part.includes("**") && part !== "**");
  if (mixed < 0) return [`/${glob}`];
  const start = (parts[mixed] ?? "").split("**")[0] ?? "";
  const above = parts.slice(0, mixed).map((part) => `${part}/`);
  const base = `/${above.join("")}${start}`;
  return [`${base}*`, `${base}*/**`];
}

function tokensOf(owners: Owners, groups: readonly string[]): readonly string[] {
  const tokens = groupsOf(owners, groups).flatMap(({ people, teams }) => [
    ...people.map(({ login }) => `@${login}`),
    ...teams.map((team) => `@${team}`),
  ]);
  return [...new Set(tokens)].toSorted(compareText);
}

function groupsOf(owners: Owners, names: readonly string[]): readonly OwnerGroup[] {
  return names.flatMap((name) => owners.groups.get(name) ?? []);
}

function notesOf(owners: Owners, names: readonly string[]): readonly string[] {
  const groups = groupsOf(owners, names);
  const pinned = groups.flatMap(({ people }) => people.filter(({ id }) => id !== undefined));
  return pinned.map(
    ({ login, id }) => `@${login} is pinned to account ${id}; here the name counts`,
  );
}
