import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { compareText, type RunRecord } from "#model";
import type { GitNotes, GitRemote, NotesTip } from "#scm";
import { AuditError } from "./audit-error.ts";
import { parseRecordLine } from "./parse-line.ts";
import { recordLine } from "./record-line.ts";
import { unionOfNotes } from "./union.ts";

/** Where records are kept (issue 6 §4). */
const NOTES = "refs/notes/waybill";

const ATTEMPTS = 12;
const STEP_MS = 80;

/** The notes of one clone, and the remote that they are shared through, if any. */
export interface RecordPlace {
  readonly notes: GitNotes;
  readonly remote: GitRemote | undefined;
  /** The time of a commit of notes; it decides nothing. */
  readonly now: () => Date;
}

/** Every record that the notes hold, by the commit that was applied, oldest run first. */
export type Records = ReadonlyMap<string, readonly RunRecord[]>;

/** Reads all records of this clone; what is no record of ours is left out. */
export async function readRecords({ notes }: RecordPlace): Promise<Records> {
  const { blobs } = await notes.tip(NOTES);
  const texts = await notes.texts([...new Set(blobs.values())]);
  const found = [...blobs].map(([commit, blob]) => {
    const lines = unionOfNotes([texts.get(blob) ?? ""]).split("\n");
    // A record that speaks of another commit than the one it hangs on is a copy, and proves nothing.
    const records = lines.flatMap((line) => parseRecordLine(line) ?? []);
    return [commit, records.filter((record) => record.commit === commit)] as const;
  });
  return new Map(found.filter(([, records]) => records.length > 0));
}

/**
 * Adds records to the notes of the commits that they are about, in this clone. Another process that writes at the same
 * moment loses nothing, and neither do we.
 * @throws {AuditError} `contended` where somebody else wins every attempt
 */
export async function appendRecords(
  place: RecordPlace,
  records: readonly RunRecord[],
  signal: AbortSignal,
): Promise<void> {
  const added = linesByCommit(records);
  await retried(signal, async () => (await join(place, { reference: NOTES, added })) !== undefined);
}

/** Joins the remote's notes into this clone's, line by line; a remote without notes changes nothing. */
export async function fetchRecords(place: RecordPlace, signal: AbortSignal): Promise<void> {
  await retried(signal, async () => {
    const theirs = await fetchNotes(place);
    if (theirs === undefined) return true;
    return (await join(place, { reference: theirs, added: new Map() })) !== undefined;
  });
}

/**
 * Pushes this clone's notes, joined with what is there: a push that lost a race fetches, joins and tries again.
 * @throws {AuditError} `contended`, `refused` where the remote does not take notes from us
 */
export async function pushRecords(place: RecordPlace, signal: AbortSignal): Promise<void> {
  const { remote } = place;
  if (remote === undefined) return;
  await retried(signal, async () => {
    const reference = (await fetchNotes(place)) ?? NOTES;
    const commit = await join(place, { reference, added: new Map() });
    if (commit === undefined) return false;
    if (commit === "nothing") return true;
    const pushed = await remote.push({ commit, reference: NOTES, expect: "fast-forward" });
    if (pushed.kind === "refused")
      throw new AuditError(
        "refused",
        `${remote.name} does not take the record: ${pushed.reason}.`,
        "the job that pushes it needs contents: write",
      );
    return pushed.kind === "pushed";
  });
}

/**
 * The commit of the remote's notes, its objects fetched; undefined: it has none. No reference is moved here for it, which
 * two runs of one clone would do in each other's way.
 */
async function fetchNotes({ remote }: RecordPlace): Promise<string | undefined> {
  if (remote === undefined) return undefined;
  const { oids } = await remote.list([NOTES]);
  const theirs = oids.get(NOTES);
  if (theirs !== undefined) await remote.fetch([NOTES]);
  return theirs;
}

interface Joining {
  /** Notes that ours are joined with. */
  readonly reference: string;
  /** Commit → lines to be added. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * Makes this clone's notes hold their own lines, those of another reference, and new ones; the commit that they are then,
 * `nothing` where there are none at all, undefined where somebody else moved them meanwhile.
 */
async function join(
  { notes, now }: RecordPlace,
  { reference, added }: Joining,
): Promise<string | undefined> {
  const [ours, theirs] = await Promise.all([notes.tip(NOTES), notes.tip(reference)]);
  const joined = await joinedTexts(notes, { ours, theirs, added });
  const onto = theirs.commit ?? ours.commit;
  if (joined.size === 0 && onto === undefined) return "nothing";
  if (joined.size === 0 && onto === ours.commit) return onto;
  // Ours needs no place in the history of what it is joined to: all its lines are there.
  const isTheirs = joined.size === 0 && onto !== undefined;
  const message = added.size > 0 ? "waybill: a record\n" : "waybill: join records\n";
  const commit = isTheirs ? onto : await notes.write({ onto, texts: joined, message, at: now() });
  return (await notes.move(NOTES, ours.commit, commit)) ? commit : undefined;
}

interface Sides {
  readonly ours: NotesTip;
  readonly theirs: NotesTip;
  readonly added: ReadonlyMap<string, string>;
}

/** The notes that differ from what is theirs once all lines are together. */
async function joinedTexts(
  notes: GitNotes,
  { ours, theirs, added }: Sides,
): Promise<ReadonlyMap<string, string>> {
  const base = theirs.commit === undefined ? ours : theirs;
  const commits = [...new Set([...ours.blobs.keys(), ...added.keys()])].filter(
    (commit) => added.has(commit) || ours.blobs.get(commit) !== base.blobs.get(commit),
  );
  const blobs = commits.flatMap((commit) => [ours.blobs.get(commit), theirs.blobs.get(commit)]);
  const texts = await notes.texts([...new Set(blobs.filter((blob) => blob !== undefined))]);
  function textAt(side: NotesTip, commit: string): string {
    const blob = side.blobs.get(commit);
    return blob === undefined ? "" : (texts.get(blob) ?? "");
  }
  const joined = commits.map((commit) => {
    const sides = [textAt(ours, commit), textAt(theirs, commit), added.get(commit) ?? ""];
    return [commit, unionOfNotes(sides)] as const;
  });
  return new Map(
    joined.filter(([commit, text]) => text !== textAt(base, commit)).toSorted(byCommit),
  );
}

function byCommit([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return compareText(a, b);
}

function linesByCommit(records: readonly RunRecord[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(records, ({ commit }) => commit);
  return new Map(
    [...groups].map(([commit, group]) => [
      commit,
      group.map((record) => `${recordLine(record)}\n`).join(""),
    ]),
  );
}

async function retried(signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
  for (let turn = 1; turn <= ATTEMPTS; turn += 1) {
    signal.throwIfAborted();
    if (await attempt()) return;
    await sleep(randomInt(STEP_MS * turn) + 1, undefined, { signal });
  }
  throw new AuditError(
    "contended",
    `${NOTES} changed under each of ${ATTEMPTS} attempts to add a record.`,
    "run it again: nothing is written twice",
  );
}
