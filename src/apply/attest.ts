import type { Action, Fault, Manifest, Repository } from "#model";
import { faultOf, StoreError, type Stores } from "#stores";
import { SignError, type EvidenceArtifact } from "#trust";
import { DONE } from "./ledger.ts";
import type { Run } from "./run-job.ts";
import type { Job } from "./jobs.ts";

/**
 * Signs our statements about a manifest for an action, as far as they are not there already; none where they are. Whoever
 * plans makes it; apply writes what it gives. Throws a StoreError or a SignError.
 */
export type Attestor = (
  action: Action,
  manifest: Manifest,
  signal: AbortSignal,
) => Promise<readonly EvidenceWrite[]>;

/** One piece of evidence, and where it goes. */
export interface EvidenceWrite {
  readonly repository: Repository;
  readonly artifact: EvidenceArtifact;
}

/**
 * Attests what a job places, before any tag of it is written, so that a run that is killed leaves no tag without our
 * statements (issue 5 §5). Throws where one cannot be made or written: then no tag is.
 */
export async function attestJob(
  run: Run,
  job: Job,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  if (run.attest === undefined) return;
  for (const action of job.attests) {
    const writes = await run.attest(action, manifest, signal);
    await writeAll(run.stores, { writes, to: job.to, manifest }, signal);
    run.ledger.end(action, DONE);
  }
}

interface Writing {
  readonly writes: readonly EvidenceWrite[];
  readonly to: Repository;
  readonly manifest: Manifest;
}

/** A store that refuses a referrer before its subject gets the subject by its digest first, as with evidence that travels. */
async function writeAll(
  stores: Stores,
  { writes, to, manifest }: Writing,
  signal: AbortSignal,
): Promise<void> {
  for (const write of writes) {
    try {
      await writeOne(stores, write, signal);
    } catch (error) {
      const isRefused = error instanceof StoreError && error.code === "refused";
      if (!isRefused || write.repository !== to) throw error;
      await stores.write(to).putManifest(manifest, [], signal);
      await writeOne(stores, write, signal);
    }
  }
}

async function writeOne(
  stores: Stores,
  { repository, artifact }: EvidenceWrite,
  signal: AbortSignal,
): Promise<void> {
  const target = stores.write(repository);
  for (const { descriptor, bytes } of artifact.blobs)
    await target.putBlob(
      descriptor,
      { near: [], look: false, open: async () => chunksOf(bytes) },
      signal,
    );
  await target.putManifest(artifact.manifest, [], signal);
}

async function* chunksOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** A failure of a store or of signing as a fact for results; anything else is a defect of ours and is thrown on. */
export function faultIn(error: unknown): Fault {
  if (!(error instanceof SignError)) return faultOf(error);
  const { code, message, hint, retryable } = error;
  return { code, message, hint, retryable };
}
