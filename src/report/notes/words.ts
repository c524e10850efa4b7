import type { MergedBetween, ReleaseNotes } from "#model";

/** What the notes compare, in one sentence, with each foreign word as `shown` shows it. */
export function sinceWords(
  { against, channel }: ReleaseNotes,
  shown: (word: string) => string = asItIs,
): string {
  const where = channel === undefined ? "registered before it" : `in ${shown(channel)} before it`;
  return against === undefined
    ? `No version was ${where}.`
    : `Since ${shown(against)}, the version ${where}:`;
}

function asItIs(word: string): string {
  return word;
}

/** Why there are no notes. */
export function unreadWords({ changes }: ReleaseNotes): string {
  return changes.kind === "unread" ? changes.why : "";
}

/** What a reader of the list must know of it. */
export function warningsOf({ relation, isWhole, commits }: MergedBetween): readonly string[] {
  return [
    ...(relation === "behind"
      ? ["It is made from an older commit: what came since the version before it is taken back."]
      : []),
    ...(relation === "diverged"
      ? ["The version before it has commits that this one lacks: they are not listed."]
      : []),
    ...(relation === "identical" ? ["Both are made from the same commit."] : []),
    ...(isWhole ? [] : [`It has ${commits} commits, and only the oldest were read.`]),
  ];
}
