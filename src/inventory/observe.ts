import type { ActualState, Decisions, Depth, DesiredState, Digest, Repository } from "#model";
import type { ReadStores } from "#stores";
import { compareTagEvidence } from "./compare-evidence.ts";
import { eachAtOnce } from "./each-at-once.ts";
import { noteHolders } from "./note-holders.ts";
import { observeTarget } from "./observe-target.ts";
import { questionsOf, type QuestionPart, type TargetQuestion } from "./questions.ts";
import { readRevisions } from "./revisions.ts";
import { SharedViews } from "./shared-views.ts";
import { Sources } from "./sources.ts";
import type { TargetNotes } from "./target-notes.ts";
import { lookDeep, type BlobChecks } from "./walk-closure.ts";

/** How many repositories are looked at side by side; what a host can bear is the stores' affair. */
const REPOSITORIES_AT_ONCE = 64;

/** What to look at: the desired state of the scope, what policy made of it, and how deep. */
export interface Survey {
  readonly desired: DesiredState;
  readonly decisions: Decisions;
  readonly depth: Depth;
}

/**
 * Reads what the stores hold, as far as the scope needs it. It only reads, by type. A store's failure is an observation
 * of that store; nothing here ends the run but the signal.
 */
export async function observe(
  survey: Survey,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<ActualState> {
  const questions = questionsOf(survey.desired, survey.decisions);
  const read = await readRevisions(survey.desired, stores, signal);
  const { revisions } = read;
  const observation = new Map<Repository, TargetNotes>();
  const sources = new Sources(stores);
  const views = new SharedViews();
  async function look(question: TargetQuestion): Promise<void> {
    signal.throwIfAborted();
    const target = stores.read(question.repository);
    const notes = await observeTarget(target, question, revisions, signal);
    await noteHolders(target, notes, question, signal);
    await lookAtSources(question, { survey, stores, sources, notes }, signal);
    views.share(notes, question);
    observation.set(question.repository, notes);
  }
  await eachAtOnce(REPOSITORIES_AT_ONCE, questions, look);
  // What an aborted question left behind looks like a store's failure, and is none.
  signal.throwIfAborted();
  return {
    depth: survey.depth,
    targets: new Map(questions.flatMap(({ repository }) => entry(observation, repository))),
    sources: sources.observed(),
    ...read,
  };
}

function entry<K, V>(map: ReadonlyMap<K, V>, key: K): readonly (readonly [K, V])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

/**
 * Digests in place that a listing proves and that are to have a tag, while no tag of ours names them: only a tag counts
 * as a complete placement (contract §3), and this may be what a killed run left.
 */
function nameless(
  { wants }: QuestionPart,
  { tags }: TargetNotes,
  present: readonly Digest[],
): readonly Digest[] {
  if (present.length === 0) return present;
  const named = new Set(tags.values());
  const untagged = new Set(
    wants.flatMap(({ line, tags: own }) => (own.length > 0 ? [] : line.digest)),
  );
  return present.filter((digest) => !named.has(digest) && !untagged.has(digest));
}

interface Surroundings {
  readonly survey: Survey;
  readonly stores: ReadStores;
  readonly sources: Sources;
  readonly notes: TargetNotes;
}

/** Asks the sources of a target for what it lacks, and compares the evidence of what it has. */
async function lookAtSources(
  question: TargetQuestion,
  { survey, stores, sources, notes }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  if (notes.fault !== undefined) return;
  const target = stores.read(question.repository);
  const blobs: BlobChecks = new Map();
  for (const part of question.parts) {
    if (part.wants.length === 0) continue;
    const source = sources.of(part.source);
    const wanted = new Set(part.wants.map((want) => want.line.digest));
    const listed =
      part.leaves.length === 0
        ? wanted
        : new Set([...wanted, ...part.leaves.map((want) => want.line.digest)]);
    const present = [...wanted].filter((digest) => notes.digests.has(digest));
    const lacking = [...wanted].filter((digest) => !notes.digests.has(digest));
    await Promise.all(lacking.map((digest) => source.needed(digest, signal)));
    const comparison = { target, notes, source: source.reader, present, listed };
    const deeper = survey.depth === "deep" ? present : nameless(part, notes, present);
    await Promise.all(deeper.map((digest) => lookDeep(comparison, digest, blobs, signal)));
    if (survey.depth === "tags") {
      const looked = new Set(deeper);
      const rest = present.filter((digest) => !looked.has(digest));
      const evidence = await source.evidence(signal);
      if (evidence) await compareTagEvidence({ ...comparison, present: rest }, evidence, signal);
    }
    // What was looked at closely was asked of the source, too: a note where it has gone, a repair where it helps.
    const close = survey.depth === "deep" ? present : present.filter((it) => notes.facets.has(it));
    await Promise.all(close.map((digest) => source.needed(digest, signal)));
  }
}
