import { createHash } from "node:crypto";
import { canonicalJson, compareText, type Action, type ActionKey, type Digest } from "#model";

/** The nine members that identify an action, and no others (contract §5). */
export function keyOf(action: ActionKey): ActionKey {
  const { op, artifact, version, digest, channel, site, to, tag, expect } = action;
  return { op, artifact, version, digest, channel, site, to, tag, expect };
}

/** An action's key as canonical JSON (RFC 8785). */
export function canonicalKey(action: ActionKey): string {
  return canonicalJson({ ...keyOf(action) });
}

/** An action's id: the first 16 hex of the SHA-256 of its key as canonical JSON (contract §5). */
export function actionId(action: ActionKey): string {
  return createHash("sha256").update(canonicalKey(action)).digest("hex").slice(0, 16);
}

/**
 * A plan's digest: over the canonical JSON of the sorted keys, `attest` left out, so that a re-worded reason, another
 * source or another size changes nothing (contract §5).
 */
export function planDigest(actions: readonly Action[]): Digest {
  const keys = actions.filter(({ op }) => op !== "attest").map(canonicalKey);
  const hash = createHash("sha256");
  hash.update("[");
  for (const [index, key] of sortByBytes(keys).entries())
    hash.update(index === 0 ? key : `,${key}`);
  hash.update("]");
  return `sha256:${hash.digest("hex")}` as Digest;
}

/** Sorts by UTF-8 bytes. UTF-16 code units order the same unless there are surrogates, which are rare and slow. */
export function sortByBytes(texts: readonly string[]): readonly string[] {
  const plain = texts.every((text) => !/[\ud800-\udfff]/.test(text));
  return texts.toSorted(plain ? compareText : compareBytes);
}

function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = byteRank(a.charCodeAt(index)) - byteRank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, and so come after the rest of the basic plane. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
