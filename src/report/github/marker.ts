import type { Digest } from "#model";
import { isDigest } from "#model";

/** What the first line of the sticky comment names (issue 6 §2). */
export interface Marker {
  readonly instance: string;
  readonly head: string | undefined;
  readonly base: string | undefined;
  readonly digest: Digest | undefined;
}

const PREFIX = "<!-- waybill:plan v1 ";
const LINE =
  /^<!-- waybill:plan v1 id=([A-Za-z0-9][A-Za-z0-9._-]{0,63}) head=([0-9a-f]{40,64}|none) base=([0-9a-f]{40,64}|none) digest=(\S{4,140}) -->$/;

/**
 * The first line of the sticky comment. It tells which comment is ours, together with its author; whoever else writes
 * one has written a comment (issue 6 §2).
 */
export function markerLine({ instance, head, base, digest }: Marker): string {
  return `${PREFIX}id=${word(instance)} head=${commit(head)} base=${commit(base)} digest=${digest ?? "none"} -->`;
}

/** Reads the first line of a comment; undefined where it is no marker of this form. */
export function parseMarker(body: string): Marker | undefined {
  const [first = ""] = body.slice(0, 1_024).split(/\r?\n/, 1);
  const [, instance, head = "", base = "", digest = ""] = LINE.exec(first) ?? [];
  if (instance === undefined || (digest !== "none" && !isDigest(digest))) return undefined;
  return {
    instance,
    head: known(head),
    base: known(base),
    digest: isDigest(digest) ? digest : undefined,
  };
}

function known(commitText: string): string | undefined {
  return commitText === "none" ? undefined : commitText;
}

/** Nothing that a set-up may say ends the HTML comment. */
function word(instance: string): string {
  const safe = instance.replace(/[^A-Za-z0-9._]+/g, "-").replace(/^[._-]+/, "");
  return safe === "" ? "waybill" : safe.slice(0, 64);
}

function commit(text: string | undefined): string {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text) ? text : "none";
}
