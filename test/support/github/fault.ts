/** Something that goes wrong with requests of one operation. */
export interface Fault {
  /** The operation as the log names it. */
  readonly on: string;
  /** How many requests it meets; one where not said. */
  readonly times?: number;
  /** `after`: the work is done and only its answer is lost. */
  readonly when?: "before" | "after";
  /** What is answered instead. */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  /** The connection is cut, or no answer ever comes. */
  readonly wire?: "reset" | "hang";
  /** The request waits for this, and then goes on. */
  readonly until?: Promise<unknown>;
  /** Called when the fault meets a request. */
  readonly met?: () => void;
}

/** The fault that meets a request now, used up by one. */
export function takeFault(faults: Fault[], operation: string): Fault | undefined {
  const index = faults.findIndex(({ on }) => on === operation);
  const found = faults[index];
  if (found === undefined) return undefined;
  const left = (found.times ?? 1) - 1;
  if (left <= 0) faults.splice(index, 1);
  else faults[index] = { ...found, times: left };
  found.met?.();
  return found;
}
