import { digestHex, type Digest } from "#model";

const SHORTEST = 12;

/** Shortens digests to as few characters (12 at least) as tell all of them apart, so that no two ever look alike. */
export function shortDigests(digests: Iterable<Digest>): (digest: Digest) => string {
  const sorted = [...new Set(digests)].map(digestHex).toSorted();
  let length = SHORTEST;
  sorted.forEach((hex, place) => {
    const previous = sorted[place - 1];
    if (previous !== undefined && previous !== hex)
      length = Math.max(length, common(previous, hex) + 1);
  });
  return (digest) => digestHex(digest).slice(0, length);
}

function common(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
