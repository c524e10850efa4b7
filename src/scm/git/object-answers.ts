/** One question of the protocol of `git cat-file --batch-command`. */
export interface Question {
  readonly kind: "info" | "contents";
  readonly name: string;
}

/** An object: what it is, and its bytes where they were asked for. */
export interface Answer {
  readonly oid: string;
  readonly type: string;
  readonly content: Buffer;
}

const OBJECT = /^([0-9a-f]{40}|[0-9a-f]{64}) (\w+) (\d+)$/;
/** Where a link led that could not be followed stands in the lines after it. */
const ASTRAY = /^(?:symlink|dangling|loop|notdir) (\d+)$/;
const NOTHING = Buffer.alloc(0);

interface Header {
  readonly object: Omit<Answer, "content"> | undefined;
  /** How many bytes come after the line, and a newline after them; undefined: none of both. */
  readonly below: number | undefined;
}

function readHeader(line: string, kind: Question["kind"]): Header {
  const [, oid = "", type = "", size] = OBJECT.exec(line) ?? [];
  if (size !== undefined)
    return { object: { oid, type }, below: kind === "info" ? undefined : Number(size) };
  const [, astray] = ASTRAY.exec(line) ?? [];
  return { object: undefined, below: astray === undefined ? undefined : Number(astray) };
}

/**
 * Takes the answers apart, which come in the order of the questions: `<oid> <type> <size>` and where asked for the content
 * and a newline; `symlink <size>` (or `dangling`, `loop`, `notdir`) and where a link led; or `<name> missing`.
 */
export class AnswerParser {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes without which there is nothing new to say. */
  #needed = 1;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.byteLength;
  }

  /** The next answer; undefined where git has no such object. */
  next({ kind }: Question): Answer | undefined | "incomplete" {
    if (this.#held < this.#needed) return "incomplete";
    const bytes = this.#joined();
    const end = bytes.indexOf(10);
    if (end < 0) return this.#wait(bytes.byteLength + 1);
    const { object, below } = readHeader(bytes.toString("utf8", 0, end), kind);
    const from = end + 1;
    if (below === undefined) return this.#take(from, object && { ...object, content: NOTHING });
    const to = from + below;
    if (bytes.byteLength < to + 1) return this.#wait(to + 1);
    return this.#take(to + 1, object && { ...object, content: bytes.subarray(from, to) });
  }

  #joined(): Buffer {
    const [first = NOTHING] = this.#chunks;
    if (this.#chunks.length <= 1) return first;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  #wait(needed: number): "incomplete" {
    this.#needed = needed;
    return "incomplete";
  }

  #take(bytes: number, answer: Answer | undefined): Answer | undefined {
    const rest = this.#joined().subarray(bytes);
    this.#chunks = rest.byteLength === 0 ? [] : [rest];
    this.#held = rest.byteLength;
    this.#needed = 1;
    return answer;
  }
}
