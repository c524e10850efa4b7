import type { IndexEntry } from "./index-document.ts";

/** Entries in their order, found by name and by digest without a walk: an index may have tens of thousands. */
export interface IndexRows {
  /** Row numbers of the entries with a name, or with a digest. */
  find(key: "name" | "digest", value: string): readonly number[];
  at(row: number): IndexEntry;
  add(entry: IndexEntry): void;
  replace(row: number, entry: IndexEntry): void;
  remove(row: number): void;
  /** Whether anything changed since this was last asked. */
  takeChanges(): boolean;
  entries(): readonly IndexEntry[];
}

type Finder = Map<string, Set<number>>;

/** Opens rows over entries, which stay as they are. */
export function indexRows(entries: readonly IndexEntry[]): IndexRows {
  const rows: (IndexEntry | undefined)[] = [];
  const finders: Record<"name" | "digest", Finder> = { name: new Map(), digest: new Map() };
  let changed = false;

  function set(row: number, entry: IndexEntry | undefined): void {
    const old = rows[row];
    if (old !== undefined) drop(row, old);
    rows[row] = entry;
    if (entry !== undefined) note(row, entry);
    changed = true;
  }
  function note(row: number, { name, descriptor }: IndexEntry): void {
    if (name !== undefined) noteIn(finders.name, name, row);
    if (descriptor !== undefined) noteIn(finders.digest, descriptor.digest, row);
  }
  function drop(row: number, { name, descriptor }: IndexEntry): void {
    if (name !== undefined) finders.name.get(name)?.delete(row);
    if (descriptor !== undefined) finders.digest.get(descriptor.digest)?.delete(row);
  }

  for (const entry of entries) set(rows.length, entry);
  changed = false;
  return {
    find: (key, value) => [...(finders[key].get(value) ?? [])],
    at(row) {
      const entry = rows[row];
      if (entry === undefined) throw new RangeError(`no row ${row}`);
      return entry;
    },
    add: (entry) => set(rows.length, entry),
    replace: (row, entry) => set(row, entry),
    remove: (row) => set(row, undefined),
    takeChanges() {
      const taken = changed;
      changed = false;
      return taken;
    },
    entries: () => rows.filter((entry) => entry !== undefined),
  };
}

function noteIn(finder: Finder, value: string, row: number): void {
  const found = finder.get(value);
  if (found === undefined) finder.set(value, new Set([row]));
  else found.add(row);
}
