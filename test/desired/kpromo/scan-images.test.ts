import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImagesFile } from "../../../src/desired/kpromo/images-file.ts";
import { parseImages } from "../../../src/desired/kpromo/read-images.ts";
import { scanImages } from "../../../src/desired/kpromo/scan-images.ts";
import { digest } from "./files.ts";

const path = "images/p/images.yaml";

/** All words with their places, so that two readings can be compared. */
function words(file: ImagesFile): unknown {
  return file.images.map(({ name, entries }) => ({
    name: [name.text, file.positionAt(name.offset)],
    entries: entries.map(({ digest, tags }) => ({
      digest: [digest.text, file.positionAt(digest.offset)],
      tags: tags.map((tag) => [tag.text, file.positionAt(tag.offset)]),
    })),
  }));
}

const quote = fc.constantFrom(
  (text: string) => text,
  (text: string) => `"${text}"`,
  (text: string) => `'${text}'`,
);
const end = fc.constantFrom(
  "\n",
  "\n",
  "\n",
  " # why\n",
  "\n\n",
  "\n  # a comment\n",
  "\r\n",
  "  \n",
);
const gap = fc.constantFrom("", " ", "  ");
const tag = fc.constantFrom(
  "v1.0.0",
  "latest",
  "1.10",
  "3",
  "true",
  "null",
  "a_b",
  "~",
  "a b",
  "-x",
  "",
);
const key = fc.constantFrom(digest("a"), digest("b"), digest("c"), "sha256:0", "x y", "1");

const tagList = fc.oneof(
  fc
    .tuple(fc.array(fc.tuple(gap, quote, tag, gap), { maxLength: 3 }), fc.boolean())
    .map(
      ([tags, comma]) =>
        ` [${tags.map(([a, q, text, b]) => a + q(text) + b).join(",")}${comma && tags.length > 0 ? "," : ""}]`,
    ),
  fc
    .tuple(
      fc.array(fc.tuple(quote, tag), { maxLength: 3 }),
      fc.constantFrom("    ", "      ", "   "),
    )
    .map(([tags, indent]) => tags.map(([q, text]) => `\n${indent}- ${q(text)}`).join("")),
);
const dmap = fc
  .array(fc.tuple(quote, key, tagList, end), { maxLength: 4 })
  .map(
    (entries) =>
      `  dmap:\n${entries.map(([q, text, tags, eol]) => `    ${q(text)}:${tags}${eol}`).join("")}`,
  );
const image = fc
  .tuple(quote, fc.constantFrom("a", "b/c", "7", "x y"), end, fc.option(dmap, { nil: "" }))
  .map(([q, name, eol, map]) => `- name: ${q(name)}${eol}${map}`);
const document = fc
  .tuple(
    fc.constantFrom("", "# head\n", "---\n", "\uFEFF", "\n"),
    fc.array(image, { maxLength: 4 }),
  )
  .map(([head, all]) => head + all.join(""));

/** A document with one to three characters changed: mostly broken, sometimes another document. */
const damaged = fc
  .tuple(
    document,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(
          "",
          " ",
          "\n",
          "\t",
          ":",
          "-",
          "#",
          '"',
          "'",
          "[",
          "]",
          ",",
          "&a",
          "*a",
          "!t",
          "|",
          ">",
          "{",
          "}",
          "?",
          "%",
          "\r",
          "\\",
          "@",
          "x",
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((now, [at, by]) => {
      const offset = now === "" ? 0 : at % now.length;
      return now.slice(0, offset) + by + now.slice(offset + (at % 2));
    }, text),
  );

describe("the quick reading of an images file", () => {
  it.for([
    [
      "quoted, tags in brackets",
      `- name: a\n  dmap:\n    "${digest("a")}": ["v1", 'v2']\n    "${digest("b")}": []\n`,
    ],
    [
      "bare, tags one a line",
      `- name: a\n  dmap:\n    ${digest("a")}:\n    - v1\n    - 1.10\n    ${digest("b")}:\n      - v2\n`,
    ],
    [
      "keys the other way round, CRLF",
      `- dmap:\r\n    ${digest("a")}: [v1,]\r\n  name: a # which\r\n`,
    ],
    [
      "comments and empty lines",
      `# top\n\n- name: a\n# low\n  dmap:\n        # high\n    ${digest("a")}: [v1] # end\n\n- name: b`,
    ],
    ["nothing", ""],
  ] as const)("covers what kpromo writes: %s", ([, text]) => {
    const scanned = scanImages({ path, text });
    const parsed = parseImages({ path, text });
    expect(parsed.diagnostics).toEqual([]);
    expect(scanned && words(scanned)).toEqual(parsed.file && words(parsed.file));
    expect(scanned).toBeDefined();
  });

  it("says what the whole reading says, or nothing", () => {
    let scans = 0;
    fc.assert(
      fc.property(fc.oneof(document, damaged), (text) => {
        const scanned = scanImages({ path, text });
        if (scanned === undefined) return;
        scans += 1;
        const parsed = parseImages({ path, text });
        expect(parsed.diagnostics).toEqual([]);
        expect(words(scanned)).toEqual(parsed.file && words(parsed.file));
      }),
      { numRuns: 2000 },
    );
    expect(scans).toBeGreaterThan(100);
  });
});
