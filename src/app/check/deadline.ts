/** A part of a run that may take only so long, and ends with the run. */
export interface Deadline {
  /** Of the whole run. */
  readonly run: AbortSignal;
  /** The run's, and the end of the part's time. */
  readonly part: AbortSignal;
}

/** A part that has so many milliseconds from now. */
export function deadlineIn(milliseconds: number, run: AbortSignal): Deadline {
  return { run, part: AbortSignal.any([run, AbortSignal.timeout(milliseconds)]) };
}

/** Asks as long as there is time; then gives what stands in for the answer. What ends the run ends this, too. */
export async function beforeDeadline<T>(
  { run, part }: Deadline,
  ask: (signal: AbortSignal) => Promise<T>,
  otherwise: () => T,
): Promise<T> {
  try {
    return await ask(part);
  } catch (error) {
    run.throwIfAborted();
    if (!part.aborted) throw error;
    return otherwise();
  }
}
