import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { RequestError } from "./request-error.ts";

/** A file that a person named, and how large it may be. */
export interface InputFile {
  readonly path: string;
  /** What the person called it, for the message. */
  readonly name: string;
  /** What it should be, such as `a bundle`. */
  readonly what: string;
  readonly maxBytes: number;
}

/** Reads a regular file of at most so many bytes; what is not there, no file, or larger is a `RequestError`. */
export async function readInput(file: InputFile, signal: AbortSignal): Promise<Buffer> {
  try {
    // Without the flag, opening a pipe that nobody writes to waits for ever.
    await using handle = await open(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new RequestError(`${file.name} is no file, so not ${file.what}`);
    if (stat.size > file.maxBytes)
      throw new RequestError(
        `${file.name} has ${stat.size} bytes; ${file.what} has at most ${file.maxBytes}, so it was not read`,
      );
    return await handle.readFile({ signal });
  } catch (error) {
    if (error instanceof RequestError || signal.aborted) throw error;
    throw new RequestError(`${file.name} cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "it failed";
}
