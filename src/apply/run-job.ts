import type { Action, ApplyEvent, Fault, Manifest } from "#model";
import { faultOf, StoreError, type Stores, type TagOutcome, type TagWrite } from "#stores";
import { attestJob, type Attestor } from "./attest.ts";
import type { BlobMover } from "./blob-mover.ts";
import { copyBelow, copyEvidence, type Copying } from "./copy-closure.ts";
import { opensWith, waitForGate } from "./gates.ts";
import { actionsOf, type Job } from "./jobs.ts";
import { DONE, failed, type Ending, type Ledger } from "./ledger.ts";
import { isAdmitted, readmit, type Readmission } from "./readmit.ts";

/** What every job of a run shares. */
export interface Run {
  readonly stores: Stores;
  readonly mover: BlobMover;
  readonly ledger: Ledger;
  readonly emit: (event: ApplyEvent) => void;
  readonly admit: Readmission | undefined;
  readonly attest: Attestor | undefined;
}

/**
 * Does one job: blobs, children, evidence, and last the manifest under the tags that may be written with it (promise 4).
 * Its failure ends its own actions and nothing else (promise 7). Tags that wait for other sites are left for `writeGated`.
 */
export async function runJob(run: Run, job: Job, signal: AbortSignal): Promise<void> {
  const together = tagsWritable(job);
  try {
    if (job.copy) await copyJob(run, { ...job, copy: job.copy }, together, signal);
    else if (together.length > 0 || job.attests.length > 0)
      await writeTags(run, job, together, signal);
  } catch (error) {
    if (signal.aborted) return;
    const ending = failed(faultOf(error));
    // Without its copy or our statements nothing of it gets a tag, now or later in the run.
    const isTagsOnly = job.copy === undefined && job.attests.length === 0;
    for (const action of isTagsOnly ? together : actionsOf(job)) run.ledger.end(action, ending);
  }
}

/** The tags whose gate this very job opens. */
function tagsWritable(job: Job): readonly Action[] {
  const own = new Set<string>(job.copy ? [job.copy.id] : []);
  for (const action of job.tags) if (action.gate === undefined) own.add(action.id);
  return job.tags.filter((action) => opensWith(action.gate, own));
}

/** Writes the tags of a job that wait for actions elsewhere, once those have ended. */
export async function writeGated(run: Run, job: Job, signal: AbortSignal): Promise<void> {
  const open: Action[] = [];
  for (const action of job.tags) {
    if (run.ledger.result(action.id)) continue;
    const answer = await waitForGate(action.gate, run.ledger);
    if (answer.kind === "open") open.push(action);
    else
      run.ledger.end(action, {
        status: "skipped",
        code: "tag-waits",
        message: answer.message,
        retryable: true,
      });
  }
  if (open.length === 0) return;
  try {
    await writeTags(run, job, open, signal);
  } catch (error) {
    if (signal.aborted) return;
    const ending = failed(faultOf(error));
    for (const action of open) run.ledger.end(action, ending);
  }
}

async function copyJob(
  run: Run,
  job: Job & { readonly copy: Action },
  together: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const { copy, to, digest } = job;
  const from = sourceOf(copy);
  const copying: Copying = { ...run, from, to, repair: copy.repair, written: new Map() };
  const manifest = await copyBelow(copying, digest, signal);
  const diverged = await copyCarried(copying, copy, manifest, signal);
  for (const tag of diverged) run.emit({ kind: "warning", fault: divergedFault(copying, tag) });
  const withheld =
    (await readmitCopy(run, { ...job, manifest }, signal)) ??
    (await attestJob(run, job, manifest, signal));
  if (withheld !== undefined) {
    for (const action of actionsOf(job)) run.ledger.end(action, withheld);
    return;
  }
  const outcomes = await run.stores.write(to).putManifest(manifest, together.map(tagWrite), signal);
  run.ledger.end(copy, DONE);
  settleTags(run, together, outcomes);
}

/**
 * Checks at the destination what let a copy in (000-18, 002-24). The manifest goes there by its digest first, so that what
 * is judged is what the destination itself gives back; it gets no name before that.
 */
async function readmitCopy(
  { stores, admit }: Run,
  { copy, to, manifest }: Job & { readonly copy: Action; readonly manifest: Manifest },
  signal: AbortSignal,
): Promise<Ending | undefined> {
  if (admit === undefined || !isAdmitted(copy)) return undefined;
  await stores.write(to).putManifest(manifest, [], signal);
  return readmit(admit, [copy], signal);
}

function sourceOf(copy: Action): Copying["from"] {
  if (copy.from === undefined) throw new TypeError(`a copy without a source: ${copy.id}`);
  return copy.from;
}

/** Evidence goes before its subject; a store that refuses that gets the subject by digest first (promise 4). */
async function copyCarried(
  copying: Copying,
  copy: Action,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return await copyEvidence(copying, copy.evidence, signal);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "refused") throw error;
    await copying.stores.write(copying.to).putManifest(manifest, [], signal);
    return copyEvidence(copying, copy.evidence, signal);
  }
}

function divergedFault({ from, to }: Copying, tag: string): Fault {
  return {
    code: "evidence-diverged",
    message: `${to}:${tag} holds evidence that ${from} lacks; it was left as it is.`,
    hint: undefined,
    retryable: false,
  };
}

function tagWrite(action: Action): TagWrite {
  if (action.tag === null) throw new TypeError(`a tag action without a tag: ${action.id}`);
  return { tag: action.tag, expect: action.expect ?? undefined };
}

/** Tags a digest that the target holds already: its own copy of the manifest is written under the tags. */
async function writeTags(
  run: Run,
  job: Job,
  tags: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const target = run.stores.write(job.to);
  const manifest = await target.manifest(job.digest, signal);
  if (manifest === undefined) {
    throw new StoreError({
      code: "conflict",
      message: `${job.to} no longer holds ${job.digest}, which a tag was to name.`,
      hint: "Run apply again: it will copy the digest.",
      repository: job.to,
      digest: job.digest,
    });
  }
  // What came with a copy of this run was read back with it.
  const open = pending(run, job);
  const asked = [...open.attests, ...tags];
  const refused = job.copy === undefined ? await readmit(run.admit, asked, signal) : undefined;
  const withheld = refused ?? (await attestJob(run, open, manifest, signal));
  if (withheld !== undefined) {
    const isAll = refused === undefined;
    for (const action of isAll ? actionsOf(job) : asked) run.ledger.end(action, withheld);
    return;
  }
  if (tags.length === 0) return;
  settleTags(run, tags, await target.putManifest(manifest, tags.map(tagWrite), signal));
}

/** What of a job's statements is not made yet: tags that wait for other sites come after those that do not. */
function pending({ ledger }: Run, job: Job): Job {
  return { ...job, attests: job.attests.filter(({ id }) => ledger.result(id) === undefined) };
}

function settleTags(run: Run, tags: readonly Action[], outcomes: readonly TagOutcome[]): void {
  const byTag = new Map(outcomes.map((outcome) => [outcome.tag, outcome]));
  for (const action of tags) {
    const outcome = byTag.get(action.tag ?? "");
    if (outcome?.kind === "written") run.ledger.end(action, DONE);
    else if (outcome?.kind === "failed") run.ledger.end(action, failed(faultOf(outcome.error)));
    else run.ledger.end(action, lostRace(action, outcome?.found));
  }
}

function lostRace(action: Action, found: string | undefined): Ending {
  const expected = action.expect ?? "nothing";
  return {
    status: "failed",
    code: "tag-moved",
    message: `${action.to}:${action.tag ?? ""} named ${expected} when the plan was made and now names ${found ?? "nothing"}: somebody else wrote it. Run apply again to plan anew.`,
    retryable: true,
  };
}
