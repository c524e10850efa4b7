const MINUTE = 60_000;
const DAY = 86_400_000;
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,3}$/;
const MAX_ZONE = 64;

/** A day and a time by some clock on a wall; `minutes` may be 1440, which is the end of the day. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  readonly minutes: number;
}

/** Tells whether a text names an IANA time zone that this machine knows; offsets such as `+01:00` are none. */
export function isTimeZone(text: string): boolean {
  if (text.length > MAX_ZONE || !ZONE.test(text)) return false;
  try {
    return formatOf(text).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the clocks of a zone show at an instant (milliseconds since 1970). */
export function wallTimeAt(instant: number, zone: string): WallTime {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return {
    year: parts.get("year") ?? 1970,
    month: parts.get("month") ?? 1,
    day: parts.get("day") ?? 1,
    minutes: (parts.get("hour") ?? 0) * 60 + (parts.get("minute") ?? 0),
  };
}

/**
 * The instants at which the clocks of a zone show a time: the first and the last of them, because clocks that are set
 * back show an hour twice. An hour that clocks leap over gives the instants around the leap.
 */
export function instantsOf(
  wall: WallTime,
  zone: string,
): { readonly first: number; readonly last: number } {
  const asUtc = utcOf(wall);
  const candidates = [asUtc - offsetAt(asUtc - DAY, zone), asUtc - offsetAt(asUtc + DAY, zone)];
  const exact = candidates.filter((instant) => instant + offsetAt(instant, zone) === asUtc);
  const instants = exact.length === 0 ? candidates : exact;
  return { first: Math.min(...instants), last: Math.max(...instants) };
}

/** The calendar day so many days after another. */
export function daysAfter({ year, month, day }: WallTime, days: number): WallTime {
  const then = new Date(Date.UTC(year, month - 1, day + days));
  return {
    year: then.getUTCFullYear(),
    month: then.getUTCMonth() + 1,
    day: then.getUTCDate(),
    minutes: 0,
  };
}

/** 0 is Sunday. */
export function weekdayOf({ year, month, day }: WallTime): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** `HH:MM` as minutes of the day, `24:00` included; undefined when it is none. */
export function parseClock(text: string): number | undefined {
  const match = /^([01][0-9]|2[0-4]):([0-5][0-9])$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= 1440 ? minutes : undefined;
}

/** How far a zone's clocks are ahead of UTC, in milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const whole = Math.floor(instant / MINUTE) * MINUTE;
  return utcOf(wallTimeAt(whole, zone)) - whole;
}

function utcOf({ year, month, day, minutes }: WallTime): number {
  return Date.UTC(year, month - 1, day) + minutes * MINUTE;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(zone, format);
  return format;
}
