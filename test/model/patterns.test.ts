import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatDuration,
  globFault,
  globsMeet,
  isInRange,
  isVersionRange,
  matchesGlob,
  matchesPattern,
  parseDuration,
  parsePattern,
  parseTime,
} from "#model";

function matches(source: string, text: string): boolean {
  const pattern = parsePattern(source);
  if (typeof pattern === "string") throw new Error(pattern);
  return matchesPattern(pattern, text);
}

describe("patterns", () => {
  it.each([
    ["a|bc", "bc", "abc"],
    ["(a|b)+c?", "abbac", "c"],
    ["[^/]+/x", "a-b/x", "a/b/x"],
    ["[a-c\\d_-]{2,3}", "b7-", "b7-_"],
    ["a{2}", "aa", "a"],
    ["a{2,}", "aaaa", "a"],
    ["\\w+\\.\\w+", "a.b", "a-b"],
    ["(?i)AbC", "aBc", "abd"],
    ["(?:a|)b", "b", "a"],
    ["(?P<n>x)y", "xy", "x"],
    ["^a$", "a", "a\n"],
    [".", "é", "\n"],
    ["(?s).", "\n", ""],
    ["\\x41\\x{1F600}", "A😀", "A"],
    ["a.*\\bb", "a b", "ab"],
    ["[]a]", "]", "b"],
    ["a{,2}", "a{,2}", "aa"],
    ["x*?", "", "y"],
  ])("%s matches all of %j and not %j", (source, yes, no) => {
    expect([matches(source, yes), matches(source, no)]).toEqual([true, false]);
  });

  it.each([
    "(",
    ")",
    "[a",
    "a**",
    "*a",
    "(?=a)",
    "(?!a)",
    "(a)\\1",
    "\\p{L}",
    "\\",
    "a{3,2}",
    "a{1001}",
    "[z-a]",
    "((a{900}){900}){900}",
    "(?<=a)b",
    "[[:alpha:]]",
    "a".repeat(1001),
    "(".repeat(500),
  ])("%s is refused in words", (source) => {
    expect(parsePattern(source)).toMatch(/\S/);
  });

  it("issue 5: none runs for ever", () => {
    const nothing = `${"(((){1000}){1000}){1000}".repeat(3)}a`;
    expect(matches(nothing, "a")).toBe(true);
    expect(matches("(a*)*(a|aa)+(a+)+b", "a".repeat(3000))).toBe(false);
    expect(matches(".*", "a".repeat(5000))).toBe(false);
  });

  it("agree with the engine's own expressions, anchored", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "\\w");
    const piece = fc
      .tuple(atom, fc.constantFrom("", "*", "+", "?", "{1,2}"))
      .map((parts) => parts.join(""));
    const sources = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(""));
    const texts = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(sources, texts, (source, text) => {
        expect(matches(source, text)).toBe(new RegExp(`^(?:${source})$`, "su").test(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe("globs", () => {
  it.each([
    ["**", "", true],
    ["**", "a/b", true],
    ["*", "", true],
    ["*", "a/b", false],
    ["a/*", "a/b", true],
    ["a/*", "a/b/c", false],
    ["a/**", "a/b/c", true],
    ["a/**", "a", false],
    ["a/**/c", "a/b/b/c", true],
    ["web-*", "web-shop", true],
    ["web-*", "webshop", false],
    ["a.b", "axb", false],
    ["*a*", "bab", true],
  ])("%s and %j: %s", (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it.each([
    ["a*", "*b", true],
    ["a/*", "a/b/c", false],
    ["a/**", "a/b/c", true],
    ["a*", "b*", false],
    ["*", "**", true],
    ["x/*", "*/y", true],
  ])("%s and %s may meet: %s", (a, b, expected) => {
    expect([globsMeet(a, b), globsMeet(b, a)]).toEqual([expected, expected]);
  });

  it("that both match one text may meet", () => {
    const globs = fc.string({
      unit: fc.constantFrom("a", "b", "/", "*"),
      minLength: 1,
      maxLength: 6,
    });
    const texts = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 6 });
    fc.assert(
      fc.property(globs, globs, texts, (a, b, text) => {
        if (matchesGlob(a, text) && matchesGlob(b, text)) expect(globsMeet(a, b)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["", "a?", "[a]", "{a,b}", "a***", "!a", "a b", "a".repeat(513)])(
    "%j is none",
    (glob) => {
      expect(globFault(glob)).toMatch(/\S/);
    },
  );

  it("take no longer for many stars", () => {
    expect(matchesGlob("*a".repeat(200), "a".repeat(2000))).toBe(true);
    expect(matchesGlob(`${"**a".repeat(150)}b`, "a".repeat(2000))).toBe(false);
  });
});

describe("durations, times and ranges", () => {
  it("are read as written, or not at all", () => {
    expect(["30d", "24h", "2w", "1s"].map(parseDuration)).toEqual([
      2_592_000_000, 86_400_000, 1_209_600_000, 1000,
    ]);
    expect(["30", "0d", "1y", "-1d", "1.5h"].map(parseDuration)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(parseTime("2026-11-21")).toBe(Date.UTC(2026, 10, 21));
    expect(["2026-13-01", "yesterday", "2026-11-21T10:00", ""].map(parseTime)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([formatDuration(90_061_000), formatDuration(0)]).toEqual(["1d 1h", "0s"]);
    expect([isVersionRange(">=1.4.0 <1.4.2"), isVersionRange("new"), isVersionRange("")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(
      ["v1.4.1", "1.4.2", "1.4.1-rc.1", "nightly"].map((version) =>
        isInRange(version, ">=1.4.0 <1.4.2"),
      ),
    ).toEqual([true, false, true, false]);
  });
});
