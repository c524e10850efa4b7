import type { Action, Fault, Manifest, Repository } from "#model";
import { StoreError, type Stores } from "#stores";
import type { EvidenceArtifact } from "#trust";
import { DONE, failed, type Ending } from "./ledger.ts";
import type { Run } from "./run-job.ts";
import type { Job } from "./jobs.ts";

/**
 * Signs our statements about a manifest for an action, as far as they are not there already; none where they are. Whoever
 * plans makes it; apply writes what it gives. A fault tells why nothing could be signed; a store's failure is thrown.
 */
export type Attestor = (
  action: Action,
  manifest: Manifest,
  signal: AbortSignal,
) => Promise<Attested>;

export type Attested =
  | { readonly kind: "signed"; readonly writes: readonly EvidenceWrite[] }
  | { readonly kind: "fault"; readonly fault: Fault };

/** One piece of evidence, and where it goes. */
export interface EvidenceWrite {
  readonly repository: Repository;
  readonly artifact: EvidenceArtifact;
}

/**
 * Attests what a job places, before any tag of it is written, so that a run that is killed leaves no tag without our
 * statements (issue 5 §5). Tells why where one cannot be made: then no tag is written. Throws where a store fails.
 */
export async function attestJob(
  run: Run,
  job: Job,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  if (run.attest === undefined) return undefined;
  for (const action of job.attests) {
    const attested = await run.attest(action, manifest, signal);
    if (attested.kind === "fault") return failed(attested.fault);
    await writeEvidence(run.stores, { writes: attested.writes, to: job.to, manifest }, signal);
    run.ledger.end(action, DONE);
  }
  return undefined;
}

/** Evidence about a manifest, and where that is. */
export interface EvidenceWriting {
  readonly writes: readonly EvidenceWrite[];
  readonly to: Repository;
  readonly manifest: Manifest;
}

/** Writes evidence; a store that refuses a referrer before its subject gets the subject by its digest first, as with evidence that travels. */
export async function writeEvidence(
  stores: Stores,
  { writes, to, manifest }: EvidenceWriting,
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
