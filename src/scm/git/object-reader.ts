import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { AnswerParser, type Answer, type Question } from "./object-answers.ts";
import { GitError } from "./git-error.ts";
import { startGit } from "./run-git.ts";

/** What may come in before the next moment without questions: desired state is text, and small. */
const MAX_BYTES = 512 * 1024 * 1024;
/** No question waits longer without a word. */
const SILENCE_MS = 60_000;
/** How long a process waits for the next question; it keeps nobody from ending. */
const IDLE_MS = 1_000;

interface Asked {
  readonly question: Question;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** One process that answers, and what it still owes. */
interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly parser: AnswerParser;
  readonly owed: Asked[];
  bytes: number;
  complaint: string;
  timer: NodeJS.Timeout;
}

/**
 * Asks git for objects: all questions of a run about one folder go to one `git cat-file --batch-command`, because a
 * process for each costs more than all the answers. It is started by the first question and ends when none comes.
 */
export class ObjectReader {
  readonly #folder: string;
  readonly #signal: AbortSignal;
  #running: Running | undefined;

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /**
   * What git has under a name (`<oid>`, `<commit>:<path>`, `<revision>^{commit}`), links inside the repository followed;
   * undefined where there is nothing.
   * @throws {GitError} where git cannot be run, says too much, or stays silent
   */
  ask(question: Question): Promise<Answer | undefined> {
    // A newline would be the end of one question and the start of another.
    if (question.name.includes("\n")) return Promise.resolve(undefined);
    this.#signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
    const running = (this.#running ??= this.#start());
    running.owed.push({ question, resolve, reject });
    if (running.owed.length === 1) this.#wake(running);
    running.child.stdin.write(`${question.kind} ${question.name}\n`);
    return promise;
  }

  #start(): Running {
    const args = ["cat-file", "--batch-command", "--follow-symlinks"];
    const child = startGit({ folder: this.#folder, args }, this.#signal);
    const running: Running = {
      child,
      parser: new AnswerParser(),
      owed: [],
      bytes: 0,
      complaint: "",
      timer: setTimeout(() => undefined, 0),
    };
    child.stdout.on("data", (chunk: Buffer) => this.#hear(running, chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      running.complaint = (running.complaint + chunk.toString("utf8")).slice(0, 4096);
    });
    child.on("error", (cause) => {
      const error = new GitError("git cat-file could not be run", { cause });
      this.#end(running, this.#signal.aborted ? cause : error);
    });
    child.on("close", () => {
      const why = running.complaint.trim() || "no reason given";
      this.#end(running, new GitError(`git cat-file failed: ${why}`));
    });
    // git that ends early breaks the pipe; its own exit says why.
    child.stdin.on("error", () => child.kill());
    return running;
  }

  #hear(running: Running, chunk: Buffer): void {
    const { parser, owed, timer } = running;
    running.bytes += chunk.byteLength;
    if (running.bytes > MAX_BYTES)
      return this.#end(running, new GitError("git cat-file said too much"));
    timer.refresh();
    parser.push(chunk);
    for (let [next] = owed; next !== undefined; [next] = owed) {
      const answer = parser.next(next.question);
      if (answer === "incomplete") return;
      owed.shift();
      next.resolve(answer);
    }
    this.#rest(running);
  }

  /** There is something to wait for. */
  #wake(running: Running): void {
    clearTimeout(running.timer);
    running.timer = setTimeout(
      () => this.#end(running, new GitError("git cat-file took too long")),
      SILENCE_MS,
    );
    for (const handle of handlesOf(running.child)) handle.ref();
  }

  /** Nothing is owed: nobody has to wait for this process, and after a while it need not wait either. */
  #rest(running: Running): void {
    clearTimeout(running.timer);
    running.bytes = 0;
    running.timer = setTimeout(() => {
      if (this.#running === running) this.#running = undefined;
      running.child.stdin.end();
    }, IDLE_MS);
    running.timer.unref();
    for (const handle of handlesOf(running.child)) handle.unref();
  }

  #end(running: Running, error: unknown): void {
    if (this.#running === running) this.#running = undefined;
    clearTimeout(running.timer);
    running.child.kill();
    for (const { reject } of running.owed.splice(0)) reject(error);
  }
}

/** All that keeps Node alive for the sake of a process. */
function handlesOf(child: ChildProcessWithoutNullStreams): readonly Handle[] {
  const pipes: readonly object[] = [child.stdin, child.stdout, child.stderr];
  return [child, ...pipes.filter(isHandle)];
}

interface Handle {
  ref(): unknown;
  unref(): unknown;
}

/** The pipes of a process are sockets, which no type says. */
function isHandle(pipe: object): pipe is Handle {
  return "ref" in pipe && "unref" in pipe;
}

const readers = new WeakMap<AbortSignal, Map<string, ObjectReader>>();

/** The reader of a folder that a run has, whichever part of it asks; a run is what has one signal. */
export function objectReader(folder: string, signal: AbortSignal): ObjectReader {
  const ofRun = readers.get(signal) ?? new Map<string, ObjectReader>();
  readers.set(signal, ofRun);
  const reader = ofRun.get(folder) ?? new ObjectReader(folder, signal);
  ofRun.set(folder, reader);
  return reader;
}
