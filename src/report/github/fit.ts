import { LADDER, type Detail } from "./parts.ts";

/** How large a text may be. GitHub counts a comment in characters and a summary in bytes. */
export interface Room {
  readonly characters: number;
  readonly bytes: number;
}

/** 65,536 characters are refused; some room is kept for what GitHub counts otherwise. */
export const COMMENT_ROOM: Room = { characters: 65_000, bytes: 262_000 };
/** A summary over 1 MiB is dropped without a word, and one close to it in part (issue 6 §1). */
export const SUMMARY_ROOM: Room = { characters: Number.POSITIVE_INFINITY, bytes: 900 * 1024 };

/** The largest form of a text that fits: each step of the ladder, then what is left of it at least (issue 6 §2). */
export function fit(room: Room, write: (detail: Detail) => string, bare: () => string): string {
  for (const detail of LADDER) {
    const text = write(detail);
    if (fits(text, room)) return text;
  }
  return bare();
}

const encoder = new TextEncoder();

function fits(text: string, { characters, bytes }: Room): boolean {
  return text.length <= characters && encoder.encode(text).byteLength <= bytes;
}
