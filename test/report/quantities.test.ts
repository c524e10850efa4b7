import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDigest, type Digest } from "#model";
import { count, formatBytes } from "#report";
import { shortDigests } from "../../src/report/short-digest.ts";
import { layOut } from "../../src/report/table.ts";

describe("quantities for people", () => {
  it.for([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [9_949, "9.9 kB"],
    [9_950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [34_200_000, "34 MB"],
    [5_000_000_000, "5.0 GB"],
  ] as const)("%i bytes are %s", ([bytes, expected]) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  it("count with their noun", () => {
    expect([count(1, "copy", "copies"), count(2, "copy", "copies"), count(0, "tag")]).toEqual([
      "1 copy",
      "2 copies",
      "0 tags",
    ]);
  });
});

describe("short digests", () => {
  const hex = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 64, maxLength: 64 });

  it("are 12 characters, or as many as tell all of them apart", () => {
    fc.assert(
      fc.property(fc.uniqueArray(hex, { maxLength: 30 }), (list) => {
        const digests = list
          .map((text) => parseDigest(`sha256:${text}`))
          .filter((digest): digest is Digest => digest !== undefined);
        const short = shortDigests(digests);
        const shown = digests.map(short);
        expect(new Set(shown).size).toBe(digests.length);
        expect(shown.every((text) => text.length >= 12)).toBe(true);
      }),
    );
  });
});

describe("tables", () => {
  it("align by what the eye sees, and pad no last column", () => {
    const rows = [
      [{ text: "東京" }, { text: "x" }],
      [{ text: "a" }, { text: "yy" }],
    ];
    expect(layOut(rows, "  ")).toEqual(["  東京  x", "  a     yy"]);
  });
});
