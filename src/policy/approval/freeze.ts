import {
  daysAfter,
  instantsOf,
  parseClock,
  parseTime,
  wallTimeAt,
  weekdayOf,
  WEEKDAYS,
  type FreezeWeekly,
  type FreezeWindow,
} from "#model";

/** Until when a channel stays as it is, and why; `until` is RFC 3339. */
export interface Frozen {
  readonly until: string;
  readonly reasons: readonly string[];
}

/** Windows that follow one another without a gap are walked through up to here; then the end is told as it is then. */
const MOST_STEPS = 1000;

/**
 * Tells whether windows freeze a channel now, and until when all of them let go (issue 6 §3). Weekly windows go by the
 * clocks of their zone: where an hour comes twice or not at all, the freeze is the longer of the two readings. A window
 * that cannot be read freezes nothing here: `validate` refuses it.
 */
export function frozenAt(windows: readonly FreezeWindow[], now: Date): Frozen | undefined {
  const reasons: string[] = [];
  let until = now.getTime();
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const holding = windows.flatMap((window) => {
      const end = endOf(window, until);
      return end === undefined ? [] : [{ end, reason: window.reason }];
    });
    if (holding.length === 0) break;
    until = Math.max(...holding.map(({ end }) => end));
    reasons.push(...holding.flatMap(({ reason }) => reason ?? []));
  }
  if (until === now.getTime()) return undefined;
  return { until: rfc3339(until), reasons: [...new Set(reasons)] };
}

/** Whole seconds, as all times of our documents. */
function rfc3339(instant: number): string {
  return new Date(Math.ceil(instant / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** When the window that an instant lies in ends; undefined where it lies in none. */
function endOf(window: FreezeWindow, instant: number): number | undefined {
  switch (window.kind) {
    case "span": {
      const [from, to] = [parseTime(window.from), parseTime(window.to)];
      if (from === undefined || to === undefined) return undefined;
      return from <= instant && instant < to ? to : undefined;
    }
    case "weekly":
      return endOfWeekly(window, instant);
  }
}

/** It may have begun today, or yesterday where it goes past midnight. */
function endOfWeekly(window: FreezeWeekly, instant: number): number | undefined {
  const [from, to] = [parseClock(window.from), parseClock(window.to)];
  if (from === undefined || to === undefined) return undefined;
  const today = wallTimeAt(instant, window.timeZone);
  const ends = [-1, 0].flatMap((days) => {
    const begin = { ...daysAfter(today, days), minutes: from };
    if (!window.days.includes(WEEKDAYS[weekdayOf(begin)] ?? "sun")) return [];
    const end = { ...(to > from ? begin : daysAfter(begin, 1)), minutes: to };
    const start = instantsOf(begin, window.timeZone).first;
    const stop = instantsOf(end, window.timeZone).last;
    return start <= instant && instant < stop ? [stop] : [];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}
