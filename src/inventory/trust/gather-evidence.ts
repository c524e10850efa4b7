import {
  compareText,
  type Digest,
  type EvidenceFact,
  type Fault,
  type Manifest,
  type Repository,
  type SubjectEvidence,
} from "#model";
import type { ReadRepository, ReadStores } from "#stores";
import { attempt } from "../attempt.ts";
import { eachAtOnce } from "../each-at-once.ts";
import { piecesOf, type Pieces } from "./evidence-pieces.ts";
import type { EvidenceTags } from "./evidence-tags.ts";
import { bytesRead, examinePiece, factOfNothing, type Examination } from "./examine-piece.ts";
import { fileEvidence } from "./file-evidence.ts";
import { findEvidence, type FoundManifest } from "./find-evidence.ts";

/** Most manifests of evidence that are read about one digest at one repository; beyond them it is not known what there is. */
const MAX_MANIFESTS_READ = 500;
/** Most bytes of evidence that are held about one digest. */
const MAX_BYTES_HELD = 128 * 1024 * 1024;
/** Pieces that are read side by side: each may be as large as evidence can be. */
const PIECES_AT_ONCE = 4;

/** Where evidence about a subject is looked for, and what it is examined for. */
export interface EvidenceRequest {
  readonly stores: ReadStores;
  readonly tags: EvidenceTags;
  /** The artifact's own repository, then those where authorities keep their signatures. */
  readonly repositories: readonly Repository[];
  readonly examination: Examination;
  /** The subject itself, where it may hold files: those may be evidence about each other. */
  readonly manifest: Manifest | undefined;
}

/**
 * Everything that is known about one manifest: found, fetched, hashed and examined, each piece once. A failure of a store is
 * a fault beside the facts, never an absence (promise 3).
 */
export async function gatherEvidence(
  request: EvidenceRequest,
  signal: AbortSignal,
): Promise<SubjectEvidence> {
  const notes: Notes = { facts: new Map(), faults: [], held: 0 };
  for (const repository of new Set(request.repositories)) {
    const opened = await attempt(async () => request.stores.read(repository));
    if (opened.kind === "fault") notes.faults.push(opened.fault);
    else await gatherAt(opened.value, request, notes, signal);
  }
  const facts = [...notes.facts.values()].toSorted((a, b) => compareText(a.digest, b.digest));
  return { facts, faults: notes.faults };
}

interface Notes {
  /** By the layer and what signs it: one payload may have several signatures, and one signature several homes. */
  readonly facts: Map<string, EvidenceFact>;
  readonly faults: Fault[];
  held: number;
}

async function gatherAt(
  repository: ReadRepository,
  { tags, examination, manifest, repositories }: EvidenceRequest,
  notes: Notes,
  signal: AbortSignal,
): Promise<void> {
  const { subject } = examination;
  const listed = await tags.of(repository.repository, signal);
  const found = await findEvidence(repository, subject, listed, signal);
  notes.faults.push(...found.faults);
  const unique = new Map(found.manifests.map((item) => [`${item.by} ${item.digest}`, item]));
  const manifests = [...unique.values()].toSorted(tagsFirst);
  if (manifests.length > MAX_MANIFESTS_READ)
    notes.faults.push(tooMuch(`more than ${MAX_MANIFESTS_READ} manifests`, repository, subject));
  await eachAtOnce(PIECES_AT_ONCE, manifests.slice(0, MAX_MANIFESTS_READ), async (manifest) => {
    const read = await attempt(() => piecesOf(repository, manifest, subject, signal));
    if (read.kind === "fault") notes.faults.push(read.fault);
    else for (const pieces of read.value) await note(pieces, manifest);
  });

  if (manifest !== undefined && repository.repository === repositories[0]) {
    const inside = await attempt(() => fileEvidence(repository, manifest, examination, signal));
    if (inside.kind === "fault") notes.faults.push(inside.fault);
    else for (const fact of inside.value) notes.facts.set(`file ${fact.digest}`, fact);
  }

  async function note(pieces: Pieces, manifest: FoundManifest): Promise<void> {
    if (pieces.kind === "nothing") {
      notes.facts.set(manifest.digest, factOfNothing(pieces, manifest.digest, subject));
      return;
    }
    for (const piece of pieces.pieces) {
      const key = `${piece.layer.digest} ${JSON.stringify(piece.annotations)}`;
      const known = notes.facts.get(key);
      if (known !== undefined) {
        // The same thing by two ways: which of them is shown depends on no order.
        if (piece.digest < known.digest) notes.facts.set(key, { ...known, digest: piece.digest });
        continue;
      }
      notes.held += bytesRead(piece, examination);
      if (notes.held > MAX_BYTES_HELD) {
        notes.faults.push(tooMuch("more bytes than are read", repository, subject));
        return;
      }
      const fact = await attempt(() => examinePiece(repository, piece, examination, signal));
      if (fact.kind === "fault") notes.faults.push(fact.fault);
      else notes.facts.set(key, fact.value);
    }
  }
}

function tagsFirst(a: FoundManifest, b: FoundManifest): number {
  return Number(a.by === "referrer") - Number(b.by === "referrer");
}

function tooMuch(what: string, { repository }: ReadRepository, subject: Digest): Fault {
  return {
    code: "too-large",
    message: `${repository} holds ${what} of evidence about ${subject}; the rest was not read.`,
    hint: "remove evidence that nobody asks for",
    retryable: false,
  };
}
