/** After a signal the run has this long to say what remains; then it is over. */
const GRACE_MS = 2_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Told by work that a signal asks to end well, and not to break off: it has this long, and says itself how it ended. */
export type Serve = (graceMs: number) => void;

/** Does a program's work as the running process: signals abort it, and what it returns is the exit code. */
export async function runAsProcess(
  process: NodeJS.Process,
  work: (signal: AbortSignal, serve: Serve) => Promise<number>,
): Promise<void> {
  const controller = new AbortController();
  let stoppedBy: (typeof SIGNALS)[number] | undefined;
  let servesFor: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stoppedBy !== undefined) stopAtOnce(process);
      stoppedBy = signal;
      controller.abort(new Error(`interrupted by ${signal}`));
      setTimeout(() => process.exit(130), servesFor ?? GRACE_MS).unref();
    });
  }
  // A reader that goes away (`waybill log | head`) ends the output, and is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  const code = await work(controller.signal, (graceMs) => {
    servesFor = graceMs;
  });
  process.exitCode = stoppedBy === undefined || servesFor !== undefined ? code : 130;
}

/** A person who asks twice does not wait; whatever was under way is as after a kill, which the next run heals. */
function stopAtOnce(process: NodeJS.Process): never {
  process.stderr.write("waybill: stopped at once; the next run does what is left.\n");
  process.exit(130);
}
