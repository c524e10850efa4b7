import type { Fault, Place, VersionLine } from "#model";

/** A place in words: `prod at oslo`. */
export function placeWords({ channel, site }: Pick<Place, "channel" | "site">): string {
  return `${channel} at ${site}`;
}

/** A few names in words, the rest counted. */
export function listWords(names: readonly string[], shown = 5): string {
  if (names.length <= shown) return names.join(", ");
  return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}

/** A number of things in words: `1 tag`, `3 tags`. */
export function countWords(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** What to do about something that could not be read. */
export function faultHint(fault: Fault): string {
  if (fault.hint !== undefined) return fault.hint;
  return fault.retryable
    ? "run it again once the store answers; nothing was changed there"
    : "put right what the store says, then run it again; nothing was changed there";
}

/** A version with its whole digest, for the cases where a person has to compare. */
export function lineWords(line: VersionLine): string {
  return `${line.version} (${line.digest})`;
}
