import { formatDuration, parseTime, type RequiresResult } from "#model";
import { agesAt, type TrustQuestion } from "./question.ts";

/** The row for `soak`, and when it will pass where time is all that lacks. */
export interface SoakOutcome {
  readonly row: RequiresResult;
  readonly notBefore: string | undefined;
}

/**
 * Soak counts from our own verified statements for a channel of `after`, at all its required sites; without them it is
 * unknown since when the version is there, and that is refused (issue 5 §2).
 */
export function judgeSoak(question: TrustQuestion, soak: number): SoakOutcome {
  const since = question.channel.after.flatMap((name) => sinceWhen(question, name) ?? []);
  const expected = `${formatDuration(soak)} in ${question.channel.after.join(" or ")}`;
  const row = { name: "soak", expected };
  if (since.length === 0) {
    const found = "no statement of ours that says since when it is there";
    return { row: { ...row, outcome: "unknown", found }, notBefore: undefined };
  }
  const ends = Math.min(...since) + soak;
  const now = agesAt(question);
  if (ends <= now)
    return {
      row: { ...row, outcome: "pass", found: formatDuration(now - ends + soak) },
      notBefore: undefined,
    };
  const notBefore = new Date(ends).toISOString();
  return { row: { ...row, outcome: "fail", found: `complete at ${notBefore}` }, notBefore };
}

/** Since when a channel's required sites all hold the version; undefined where that is not known of one of them. */
function sinceWhen({ channels, facts, now }: TrustQuestion, name: string): number | undefined {
  const sites = channels.get(name)?.require ?? [];
  const times = sites.map((site) => {
    const stated = facts.promotions
      .filter((item) => item.channel === name && item.site === site)
      .map(({ time }) => parseTime(time) ?? Infinity);
    return Math.min(Infinity, ...stated);
  });
  if (times.length === 0) return undefined;
  const latest = Math.max(...times);
  return latest <= now.getTime() ? latest : undefined;
}
