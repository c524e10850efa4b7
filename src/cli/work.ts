import type { Context } from "./options.ts";

/** A verb's work: gets its context, gives an exit code (contract §4). */
export type Work = (context: Context, signal: AbortSignal) => Promise<number>;

/** Hands a verb's work to the program, which runs it once the command line is understood. */
export type Run = (command: { optsWithGlobals(): object }, work: Work) => void;
