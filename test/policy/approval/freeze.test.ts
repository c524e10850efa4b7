import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FreezeWindow, Weekday } from "#model";
import { frozenAt } from "#policy";

const AT = { file: "policies/channels.yaml", line: 1, column: 1 };

function span(from: string, to: string): FreezeWindow {
  return { kind: "span", from, to, reason: "span", at: AT };
}

function weekly(
  days: readonly Weekday[],
  clock: readonly [string, string],
  timeZone = "UTC",
): FreezeWindow {
  return { kind: "weekly", days, from: clock[0], to: clock[1], timeZone, reason: "week", at: AT };
}

const YEAR_END = span("2026-12-20T00:00:00Z", "2027-01-02T00:00:00Z");
const WEEKEND = weekly(["sat", "sun"], ["00:00", "24:00"], "Europe/Oslo");
const NIGHT = weekly(["fri"], ["22:00", "06:00"]);

describe("a freeze", () => {
  it.for<
    readonly [
      name: string,
      windows: readonly FreezeWindow[],
      now: string,
      until: string | undefined,
    ]
  >([
    ["before it begins", [YEAR_END], "2026-12-19T23:59:59Z", undefined],
    ["when it begins", [YEAR_END], "2026-12-20T00:00:00Z", "2027-01-02T00:00:00Z"],
    ["when it ends", [YEAR_END], "2027-01-02T00:00:00Z", undefined],
    [
      "on a Saturday of winter, by the clocks of Oslo",
      [WEEKEND],
      "2026-11-20T23:00:00Z",
      "2026-11-22T23:00:00Z",
    ],
    ["a second before", [WEEKEND], "2026-11-20T22:59:59Z", undefined],
    ["on a Saturday of summer", [WEEKEND], "2026-07-03T22:00:00Z", "2026-07-05T22:00:00Z"],
    [
      "over the night when clocks go forward",
      [WEEKEND],
      "2026-03-28T12:00:00Z",
      "2026-03-29T22:00:00Z",
    ],
    [
      "over the night when clocks go back",
      [WEEKEND],
      "2026-10-24T12:00:00Z",
      "2026-10-25T23:00:00Z",
    ],
    ["over midnight, before it", [NIGHT], "2026-11-20T23:00:00Z", "2026-11-21T06:00:00Z"],
    ["over midnight, after it", [NIGHT], "2026-11-21T05:59:59Z", "2026-11-21T06:00:00Z"],
    ["over midnight, of another day", [NIGHT], "2026-11-20T05:00:00Z", undefined],
    [
      "into another",
      [span("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"), WEEKEND],
      "2026-11-20T12:00:00Z",
      "2026-11-22T23:00:00Z",
    ],
    [
      "to 02:30, which comes twice: the later",
      [weekly(["sun"], ["00:00", "02:30"], "Europe/Oslo")],
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:30:00Z",
    ],
    [
      "from 02:30, which comes twice: the earlier",
      [weekly(["sun"], ["02:30", "05:00"], "Europe/Oslo")],
      "2026-10-25T00:45:00Z",
      "2026-10-25T04:00:00Z",
    ],
    [
      "from 02:30, which is leapt over",
      [weekly(["sun"], ["02:30", "05:00"], "Europe/Oslo")],
      "2026-03-29T01:05:00Z",
      "2026-03-29T03:00:00Z",
    ],
    [
      "half an hour off",
      [weekly(["mon"], ["09:00", "17:00"], "Asia/Kolkata")],
      "2026-11-23T03:30:00Z",
      "2026-11-23T11:30:00Z",
    ],
    [
      "on the other side of the date line",
      [weekly(["mon"], ["00:00", "24:00"], "Pacific/Kiritimati")],
      "2026-11-22T10:00:00Z",
      "2026-11-23T10:00:00Z",
    ],
    ["that cannot be read", [weekly(["sat"], ["x", "24:00"])], "2026-11-21T12:00:00Z", undefined],
    [
      "with offsets of its own",
      [span("2026-11-20T10:00:00+02:00", "2026-11-20T10:00:00-02:00")],
      "2026-11-20T09:00:00Z",
      "2026-11-20T12:00:00Z",
    ],
  ])("%s", ([, windows, now, until]) => {
    expect(frozenAt(windows, new Date(now))?.until).toBe(until);
  });

  it("tells every reason on the way to its end", () => {
    const windows = [span("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"), WEEKEND];
    expect(frozenAt(windows, new Date("2026-11-20T12:00:00Z"))?.reasons).toEqual(["span", "week"]);
  });

  it("ends some time even where every day is frozen", () => {
    const days: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    expect(
      frozenAt([weekly(days, ["00:00", "24:00"])], new Date("2026-11-20T00:00:00Z")),
    ).toBeDefined();
  });

  it("is over at the time that it tells, whatever the windows", () => {
    const zone = fc.constantFrom("UTC", "Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe");
    const clock = fc.constantFrom("00:00", "02:30", "09:00", "23:30");
    const window = fc
      .tuple(fc.constantFrom<Weekday>("sat", "sun", "wed"), clock, clock, zone)
      .map(([day, from, to, where]) => weekly([day], [from, to], where));
    const when = fc.date({
      min: new Date("2026-01-01"),
      max: new Date("2027-01-01"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 4 }), when, (windows, now) => {
        const frozen = frozenAt(windows, now);
        if (frozen === undefined) return;
        expect(Date.parse(frozen.until)).toBeGreaterThan(now.getTime());
        expect(frozenAt(windows, new Date(frozen.until))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
