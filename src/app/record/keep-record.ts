import type { RunRecord } from "#model";

/** Where a record is kept. */
export interface KeepRequest {
  readonly root: string;
  readonly now: () => Date;
  /** Shared through origin as well. */
  readonly push: boolean;
  /** For origin's own host. */
  readonly token?: string | undefined;
}

/** After an interruption there is this long to write down what was done. */
const WITHIN_MS = 60_000;

/**
 * Adds records to the notes of their commits (issue 6 §4). It has a time of its own: what was done is written down,
 * whoever interrupted the run.
 */
export async function keepRecords(
  records: readonly RunRecord[],
  { root, now, push, token }: KeepRequest,
): Promise<void> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const [{ appendRecords, pushRecords }, { notesIn, openRemote }] = await Promise.all([
    import("#audit"),
    import("#scm"),
  ]);
  const remote = push ? await openRemote(root, { token }, signal) : undefined;
  const place = { notes: notesIn(root, signal), remote, now };
  await appendRecords(place, records, signal);
  if (push) await pushRecords(place, signal);
}

/** Whether a commit has a record already: a run that found nothing to do adds none to it. */
export async function hasRecord(
  root: string,
  commit: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [{ readRecords }, { notesIn }] = await Promise.all([import("#audit"), import("#scm")]);
  const records = await readRecords({
    notes: notesIn(root, signal),
    remote: undefined,
    now: () => new Date(0),
  });
  return records.has(commit);
}
