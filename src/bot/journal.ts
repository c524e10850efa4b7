import { open, rename, readFile, mkdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Hint } from "./hint.ts";

/** A delivery that was accepted: it is done once, or again after a crash, and never not. */
export interface Accepted {
  /** `X-GitHub-Delivery` */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly hints: readonly Hint[];
}

/** Deliveries that were taken: which are to be done, and which were seen before. It survives a kill at any instant. */
export interface Journal {
  /** Accepted, and not done yet; oldest first. */
  readonly pending: ReadonlyMap<string, Accepted>;
  /** When the newest delivery was accepted, in any run; undefined where none ever was. */
  readonly newest: number | undefined;
  /** Tells whether a delivery was taken before. */
  has(id: string): boolean;
  /** Returns when it is on the disk; `again` where it was taken before, `full` where there is no room. */
  accept(delivery: Accepted): Promise<"accepted" | "again" | "full">;
  /** Deliveries whose work is done, or given up. `forget`: the same may be told again. */
  finish(ids: readonly string[], how?: "forget"): Promise<void>;
  close(): Promise<void>;
}

export interface JournalCaps {
  /** No more may wait at once. */
  readonly pending: number;
  /** So many that are done are remembered. GitHub repeats a delivery for some days. */
  readonly seen: number;
}

const JOURNAL_CAPS: JournalCaps = { pending: 10_000, seen: 50_000 };

/** Lines are added until there are so many more than it takes to say the same anew. */
const SLACK = 20_000;
const MOST_BYTES = 256 * 1024 * 1024;

type Line =
  | { readonly do: "accept"; readonly delivery: Accepted }
  | { readonly do: "done" | "forget"; readonly ids: readonly string[] }
  | { readonly do: "seen"; readonly ids: readonly string[]; readonly newest?: number };

/**
 * Opens the journal in a folder: lines of JSON, added and flushed before anybody is told; written anew, and put in place
 * in one move, when it has grown long. A last line that a kill cut short was never answered for, and is dropped.
 */
export async function openJournal(
  folder: string,
  caps: JournalCaps = JOURNAL_CAPS,
): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "journal.ndjson");
  const known = replay(await linesOf(file), caps);
  const state = new LiveJournal(file, known, caps);
  await state.rewrite();
  return state;
}

interface Known {
  readonly pending: Map<string, Accepted>;
  /** Oldest first. */
  readonly seen: Set<string>;
  newest: number | undefined;
}

async function linesOf(file: string): Promise<readonly Line[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  if (text.length > MOST_BYTES) throw new RangeError(`${file} is larger than ${MOST_BYTES} bytes`);
  // What comes after the last newline was never whole.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .flatMap(lineIn);
}

/** A line that we did not write, or that a broken disk changed, is left out: the sweep finds what it told. */
function lineIn(text: string): readonly Line[] {
  if (text === "") return [];
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? [line] : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isLine(line: unknown): line is Line {
  if (typeof line !== "object" || line === null || !("do" in line)) return false;
  if (line.do === "accept")
    return "delivery" in line && typeof line.delivery === "object" && line.delivery !== null;
  return "ids" in line && Array.isArray(line.ids);
}

function replay(lines: readonly Line[], caps: JournalCaps): Known {
  const known: Known = { pending: new Map(), seen: new Set(), newest: undefined };
  for (const line of lines) take(known, line, caps);
  return known;
}

function take(known: Known, line: Line, caps: JournalCaps): void {
  switch (line.do) {
    case "accept": {
      known.pending.set(line.delivery.id, line.delivery);
      known.newest = Math.max(known.newest ?? 0, line.delivery.at);
      return;
    }
    case "done":
    case "forget":
      for (const id of line.ids) {
        known.pending.delete(id);
        if (line.do === "done") remember(known.seen, id, caps.seen);
      }
      return;
    case "seen":
      for (const id of line.ids) remember(known.seen, id, caps.seen);
      known.newest = line.newest ?? known.newest;
  }
}

function remember(seen: Set<string>, id: string, most: number): void {
  seen.add(id);
  if (seen.size <= most) return;
  const [oldest] = seen;
  if (oldest !== undefined) seen.delete(oldest);
}

class LiveJournal implements Journal {
  readonly #file: string;
  readonly #known: Known;
  readonly #caps: JournalCaps;
  #handle: FileHandle | undefined;
  #lines = 0;
  /** Bytes of the file that are good, and flushed. */
  #size = 0;
  #waiting: { readonly text: string }[] = [];
  #last: Promise<void> = Promise.resolve();
  /** There may be something behind what is good. */
  #isTorn = false;

  constructor(file: string, known: Known, caps: JournalCaps) {
    this.#file = file;
    this.#known = known;
    this.#caps = caps;
  }

  get pending(): ReadonlyMap<string, Accepted> {
    return this.#known.pending;
  }

  get newest(): number | undefined {
    return this.#known.newest;
  }

  has(id: string): boolean {
    return this.#known.seen.has(id) || this.#known.pending.has(id);
  }

  async accept(delivery: Accepted): Promise<"accepted" | "again" | "full"> {
    if (this.has(delivery.id)) {
      // Its first copy may still be on the way to the disk.
      await this.#last;
      return "again";
    }
    if (this.#known.pending.size >= this.#caps.pending) return "full";
    try {
      await this.#add({ do: "accept", delivery });
    } catch (error) {
      // Nobody was told that it was taken, so it may be told again.
      this.#known.pending.delete(delivery.id);
      throw error;
    }
    return "accepted";
  }

  async finish(ids: readonly string[], how?: "forget"): Promise<void> {
    await this.#add({ do: how ?? "done", ids });
    if (this.#lines > SLACK) await this.rewrite();
  }

  async close(): Promise<void> {
    await this.#alone(async () => {
      await this.#handle?.close();
      this.#handle = undefined;
    });
  }

  /** Says the same in as few lines as it takes, in a file of its own that then takes the old one's place. */
  rewrite(): Promise<void> {
    return this.#alone(() => this.#rewrite());
  }

  /** Takes it in memory first, so that a copy that comes meanwhile is known, and returns when it is on the disk. */
  async #add(line: Line): Promise<void> {
    take(this.#known, line, this.#caps);
    const waiting = { text: `${JSON.stringify(line)}\n` };
    this.#waiting.push(waiting);
    try {
      await this.#alone(() => this.#write());
    } catch (error) {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      throw error;
    }
  }

  /**
   * Everything that waits goes out at once, so that many deliveries share one flush of the disk. What could not be
   * written, on a full disk, waits for the next try, which begins where the last good line ends.
   */
  async #write(): Promise<void> {
    const lines = this.#waiting;
    const handle = this.#handle;
    if (lines.length === 0 || handle === undefined) return;
    this.#waiting = [];
    const bytes = Buffer.from(lines.map(({ text }) => text).join(""));
    try {
      if (this.#isTorn) await handle.truncate(this.#size);
      this.#isTorn = true;
      await writeAll(handle, bytes, this.#size);
      await handle.datasync();
    } catch (error) {
      this.#waiting = [...lines, ...this.#waiting];
      throw error;
    }
    this.#isTorn = false;
    this.#size += bytes.length;
    this.#lines += lines.length;
  }

  async #rewrite(): Promise<void> {
    const { seen, pending, newest } = this.#known;
    const lines: readonly Line[] = [
      { do: "seen", ids: [...seen], ...(newest !== undefined && { newest }) },
      ...[...pending.values()].map((delivery) => ({ do: "accept" as const, delivery })),
    ];
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    // What waits is in memory already, and so in the text.
    const waiting = this.#waiting;
    this.#waiting = [];
    const fresh = await open(`${this.#file}.new`, "w", 0o600);
    try {
      await writeAll(fresh, bytes, 0);
      await fresh.sync();
      await rename(`${this.#file}.new`, this.#file);
      await syncFolder(dirname(this.#file));
    } catch (error) {
      this.#waiting = [...waiting, ...this.#waiting];
      await fresh.close();
      throw error;
    }
    await this.#handle?.close();
    this.#handle = fresh;
    this.#size = bytes.length;
    this.#lines = 0;
    this.#isTorn = false;
  }

  /** One after the other; one that fails does not keep the next from trying. */
  #alone(work: () => Promise<void>): Promise<void> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, from + at);
    at += bytesWritten;
  }
}

/** A file that took another's place is only there for good when its folder says so. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
