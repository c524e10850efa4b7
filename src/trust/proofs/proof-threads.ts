import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { VerifyingAuthority } from "../authority.ts";
import type { Artifact } from "../artifact.ts";
import type { Proof } from "../facts.ts";
import type { Sealed } from "../sealed.ts";
import { packed, proveAll, recipeOf, type ProofAnswer, type ProofJob } from "./proof-job.ts";

/** Signatures of one piece of evidence that are to be proved under one authority. */
export interface ToProve {
  readonly sealed: readonly Sealed[];
  readonly artifact: Artifact;
  readonly authority: VerifyingAuthority;
  readonly basis: string;
}

/** Fewer than these are done sooner here than a thread has loaded what verifies. */
const FEW = 200;
/** Enough that a thread never waits for this one, which may be busy for some milliseconds. */
const AHEAD = 4;
const MOST_THREADS = 8;

interface Waiting {
  readonly work: ToProve;
  readonly resolve: (proofs: readonly Proof[]) => void;
}

/**
 * Proves on all cores once there are more than a few hundred to prove: this thread takes its share, and one thread for
 * each other core. A thread that fails is done without; what it had is proved here.
 */
export class ProofThreads implements Disposable {
  readonly #others: number;
  #threads: Thread[] | undefined;
  #queue: Waiting[] = [];
  #started = 0;
  #isRunning = false;

  /** `expected`: how many there will be, as far as that is known. */
  constructor(expected: number, cores: number = availableParallelism()) {
    this.#started = expected > FEW ? FEW : 0;
    this.#others = Math.min(cores, MOST_THREADS) - 1;
  }

  /** The threads that were started beside this one. */
  get size(): number {
    return this.#threads?.length ?? 0;
  }

  async prove(work: ToProve): Promise<readonly Proof[]> {
    this.#started += 1;
    return new Promise((resolve) => {
      this.#queue.push({ work, resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Ends the threads; what they still had is proved here. */
  [Symbol.dispose](): void {
    for (const thread of this.#threads ?? []) thread.end();
    this.#threads = [];
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const thread = this.#free();
      if (thread === undefined) {
        next.resolve(here(next.work));
        // Between two of them answers come in, and stores are read.
        await turn();
      } else thread.do(next);
    }
    this.#isRunning = false;
  }

  #free(): Thread | undefined {
    if (this.#started > FEW)
      this.#threads ??= Array.from({ length: this.#others }, () => new Thread());
    return this.#threads?.find((thread) => thread.isFree);
  }
}

function here({ sealed, artifact, authority }: ToProve): readonly Proof[] {
  return proveAll(sealed, artifact, authority);
}

async function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** In the bundle the worker is a chunk beside this one. */
const PROGRAM = import.meta.url.endsWith(".ts")
  ? new URL("./proof-worker.ts", import.meta.url)
  : new URL("./proof-worker.mjs", import.meta.url);

class Thread {
  readonly #worker = new Worker(PROGRAM);
  readonly #pending = new Map<number, Waiting>();
  readonly #told = new Set<string>();
  #last = 0;
  #isOver = false;

  constructor() {
    // A run that breaks off does not wait for its threads.
    this.#worker.unref();
    this.#worker.on("message", (answer: ProofAnswer) => this.#answered(answer));
    this.#worker.on("error", () => this.end());
    this.#worker.on("exit", () => this.end());
  }

  get isFree(): boolean {
    return !this.#isOver && this.#pending.size < AHEAD;
  }

  do(waiting: Waiting): void {
    const { artifact, authority, basis } = waiting.work;
    this.#last += 1;
    this.#pending.set(this.#last, waiting);
    const recipe = this.#told.has(basis) ? undefined : recipeOf(authority);
    const sealed = packed(waiting.work.sealed);
    const job: ProofJob = { id: this.#last, sealed, artifact, basis, recipe };
    this.#told.add(basis);
    // While there is work the process stays for its answers.
    this.#worker.ref();
    this.#worker.postMessage(job, []);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#worker.terminate();
    for (const { work, resolve } of this.#pending.values()) resolve(here(work));
    this.#pending.clear();
  }

  #answered({ id, proofs }: ProofAnswer): void {
    this.#pending.get(id)?.resolve(proofs);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
  }
}
