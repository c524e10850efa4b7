import { isTag, type Descriptor, type Digest } from "#model";
import { join } from "node:path";
import type { TagOutcome, TagWrite } from "../port.ts";
import { StoreError } from "../store-error.ts";
import { INDEX_LIMIT, readIndexBytes } from "./folder.ts";
import { invalidLayout, onDisk, throwIfInterrupted } from "./failure.ts";
import { isFolder } from "./file.ts";
import { draftIndex, type IndexDraft } from "./index-draft.ts";
import { formatIndex, parseIndex } from "./index-document.ts";
import { withLock, type LockTiming, type StillHeld } from "./lock.ts";
import { layoutFile, type Place } from "./place.ts";
import { replaceFile, syncFolder } from "./temporary.ts";

/** What a manifest that was just written changes in index.json. */
export interface IndexChange {
  readonly descriptor: Descriptor;
  /** Children of an index, which need no entry of their own. */
  readonly children: readonly Digest[];
  readonly tags: readonly TagWrite[];
  /** Changes that depend on what the index says now, such as a fallback index; made under the lock. */
  readonly also: (draft: IndexDraft) => Promise<void>;
}

/** Writes index.json; changes that come while one is being written go together into the next. */
export interface IndexWriter {
  commit(change: IndexChange, signal: AbortSignal): Promise<readonly TagOutcome[]>;
}

export interface IndexWriterOptions {
  readonly place: Place;
  readonly timing: LockTiming;
  /** Whether a manifest that the index names is really there: what is not has no tag either. */
  readonly holds: (manifest: Descriptor) => Promise<boolean>;
}

interface Waiting {
  readonly change: IndexChange;
  readonly signal: AbortSignal;
  readonly resolve: (outcomes: readonly TagOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What the index held when it was last written or read here; good as long as its file has the very same bytes. */
interface Kept {
  readonly bytes: Buffer;
  readonly draft: IndexDraft;
}

/** What one writer works with. */
interface Writing extends IndexWriterOptions {
  kept: Kept | undefined;
}

/** Opens the writer of one layout's index. */
export function indexWriter(options: IndexWriterOptions): IndexWriter {
  const state: Writing = { ...options, kept: undefined };
  let waiting: Waiting[] = [];
  let writing = false;

  async function drain(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await writeBatch(state, batch);
    }
    writing = false;
  }

  return {
    commit(change, signal) {
      return new Promise((resolve, reject) => {
        waiting.push({ change, signal, resolve, reject });
        if (!writing) void drain();
      });
    },
  };
}

/** Settles every change of a batch; never throws. */
async function writeBatch(writing: Writing, batch: readonly Waiting[]): Promise<void> {
  const { place, timing } = writing;
  const request = { place, timing, givenUp: () => batch.every(({ signal }) => signal.aborted) };
  try {
    const doing = { repository: place.repository, what: "write index.json" };
    const settle = await withLock(request, (held) =>
      onDisk(doing, () => writeUnderLock(writing, batch, held)),
    );
    for (const done of settle) done();
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

/** Reads, compares, changes and writes while nobody else can; gives back what to tell whom once the lock is free. */
async function writeUnderLock(
  writing: Writing,
  batch: readonly Waiting[],
  held: StillHeld,
): Promise<readonly (() => void)[]> {
  const { place } = writing;
  const { bytes, draft } = await readDraft(writing);
  // Until this write is done, what is kept and what is on disk may differ.
  writing.kept = undefined;
  const settle: (() => void)[] = [];
  for (const { change, signal, resolve, reject } of batch) {
    try {
      throwIfInterrupted(signal, place.repository);
      const outcomes = await makeChange(writing, draft, change);
      settle.push(() => resolve(outcomes));
    } catch (error) {
      settle.push(() => reject(error));
    }
  }
  const next = draft.take();
  const written = next === undefined ? bytes : Buffer.from(formatIndex(next));
  if (next !== undefined) await writeIndex(place, written, held);
  writing.kept = { bytes: written, draft };
  return settle;
}

/** Reads index.json afresh each time, and parses it only where somebody else changed it. */
async function readDraft({ place, kept }: Writing): Promise<Kept> {
  const bytes = await readIndexBytes(place);
  if (bytes === undefined) throw invalidLayout(place.repository, "index.json went away");
  if (kept?.bytes.equals(bytes)) return kept;
  return { bytes, draft: draftIndex(parseIndex(place, bytes)) };
}

/** The part that can fail comes first, so that a change is in the draft whole or not at all. */
async function makeChange(
  options: IndexWriterOptions,
  draft: IndexDraft,
  change: IndexChange,
): Promise<readonly TagOutcome[]> {
  const outcomes = await Promise.all(change.tags.map((tag) => judge(options, draft, change, tag)));
  await change.also(draft);
  for (const outcome of outcomes)
    if (outcome.kind === "written") draft.name(outcome.tag, change.descriptor);
  draft.list(change.descriptor);
  draft.reached(change.children);
  return outcomes;
}

/** Compares a tag with what it must name now. One that names our digest already is written, by whomever. */
async function judge(
  { place, holds }: IndexWriterOptions,
  draft: IndexDraft,
  { descriptor }: IndexChange,
  { tag, expect }: TagWrite,
): Promise<TagOutcome> {
  const named = draft.named(tag);
  const problem = !isTag(tag)
    ? refused(place, `"${tag.slice(0, 128)}" is not a tag`)
    : named.length > 1
      ? invalidLayout(place.repository, `index.json names two manifests "${tag}"`)
      : undefined;
  if (problem !== undefined) return { tag, kind: "failed", error: problem };
  const found = await present(named[0], holds);
  if (found === expect || found === descriptor.digest) return { tag, kind: "written" };
  return { tag, kind: "moved", found };
}

async function present(
  descriptor: Descriptor | undefined,
  holds: IndexWriterOptions["holds"],
): Promise<Digest | undefined> {
  return descriptor !== undefined && (await holds(descriptor)) ? descriptor.digest : undefined;
}

function refused({ repository }: Place, why: string): StoreError {
  return new StoreError({ code: "refused", message: `${repository}: ${why}`, repository });
}

/** What the index will name is made durable first, then the index, so that a power loss leaves no name of nothing. */
async function writeIndex(place: Place, bytes: Buffer, held: StillHeld): Promise<void> {
  if (bytes.length > INDEX_LIMIT.bytes)
    throw new StoreError({
      code: "too-large",
      message: `${place.repository}: index.json would be larger than ${INDEX_LIMIT.bytes} bytes, which is the limit`,
      hint: "keep fewer versions in one layout",
      repository: place.repository,
    });
  const blobs = layoutFile(place, "blobs");
  for (const path of [blobs, join(blobs, "sha256"), join(blobs, "sha512")])
    if (await isFolder(place, path)) await syncFolder(path);
  await replaceFile(place, { path: layoutFile(place, "index.json"), bytes, before: held });
  await syncFolder(place.folder);
}
