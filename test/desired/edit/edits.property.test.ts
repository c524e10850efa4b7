import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Edit } from "../../../src/desired/edit/edit.ts";
import { deprecateVersion, retireVersion } from "../../../src/desired/edit/end-version.ts";
import { liftPins } from "../../../src/desired/edit/lift-pins.ts";
import { pinTags } from "../../../src/desired/edit/pin-tags.ts";
import { promoteVersion } from "../../../src/desired/edit/promote-version.ts";
import { registerVersion } from "../../../src/desired/edit/register-version.ts";
import {
  CHANNELS,
  digestOf,
  document,
  fileOf,
  said,
  type Said,
  type SaidLine,
} from "./documents.ts";

/** How many lines of a text are not in the other one, in order (by the longest common subsequence): what an edit took away or changed. */
function touched(before: string, after: string): number {
  const [old = [], now = []] = [before, after].map((text) => text.split(/\r?\n/));
  let row: readonly number[] = Array.from({ length: now.length + 1 }, () => 0);
  for (const line of old) {
    const next = [0];
    for (const [index, other] of now.entries()) {
      const longest = Math.max(row[index + 1] ?? 0, next[index] ?? 0);
      next.push(line === other ? Math.max(longest, (row[index] ?? 0) + 1) : longest);
    }
    row = next;
  }
  return old.length - (row.at(-1) ?? 0);
}

function comments(text: string): readonly string[] {
  return (text.match(/# (?:c\d+|a head)$/gm) ?? []).toSorted();
}

interface Expectation {
  readonly text: string;
  readonly edit: (text: string) => Edit;
  readonly meaning: (before: Said) => Said;
  /** How many of the old lines may be changed. */
  readonly lines: number;
  readonly keepsComments?: false;
}

/** All that is true of every edit, whatever it does. */
function holds({ text, edit, meaning, lines, keepsComments }: Expectation): void {
  const result = edit(text);
  if (result.kind === "refused") throw new Error(result.diagnostic.message);
  const after = result.kind === "changed" ? result.text : text;
  expect(said(after)).toEqual(meaning(said(text)));
  expect(edit(after)).toEqual({ kind: "same" });
  expect(result.kind === "changed").toBe(after !== text);
  const told = `of:\n${text}\ninto:\n${after}`;
  expect(touched(text, after), told).toBeLessThanOrEqual(lines);
  if (keepsComments !== false) expect(comments(after), after).toEqual(comments(text));
  expect(after.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
  expect(after.endsWith("\n")).toBe(text.endsWith("\n"));
  if (text.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toContain("\n");
  else expect(after).not.toContain("\r");
  expect(after).not.toMatch(/[ \t]\r?\n/);
}

/** A document and one of its lines. */
const withLine = document
  .map((text) => ({ text, lines: said(text).versions }))
  .filter(({ lines }) => lines.length > 0)
  .chain(({ text, lines }) =>
    fc.record({ text: fc.constant(text), line: fc.constantFrom(...lines) }),
  );

function replace(before: Said, line: SaidLine, by: (old: SaidLine) => SaidLine): Said {
  return {
    ...before,
    versions: before.versions.map((each) => (each.version === line.version ? by(each) : each)),
  };
}

const reason = fc.oneof(
  fc.constantFrom(
    "superseded by v1.4.1",
    "true",
    "1.10",
    "~",
    "- a",
    "#",
    "a: b",
    "it's",
    "{x}",
    " lead",
    "trail ",
    "",
    "é",
    "tab\there",
    "two\nlines",
    "\u0000",
    "\u2028",
    "\u{1F600}",
    "'",
    '"',
    "\\",
    "*a",
    "&a",
    "!t",
    "%",
    "@",
    "`",
    "?",
    "|",
    ">",
    "---",
    "...",
  ),
  fc.string({ unit: "binary", minLength: 1 }),
  fc.string({ minLength: 1 }),
);

/** Each run edits and reads a file about ten times. */
const RUNS = { numRuns: 60 };

describe("an edit by command keeps comments, order, quotes, layout and line ends", () => {
  it("004-11 when it registers a version", () => {
    const version = fc.constantFrom(
      "v1.4.3",
      "v2.0.0",
      "v0.1.0",
      "v1.5.0-rc.3",
      "v1.4.0+build.7",
      "1.20",
      "2026-02-03",
    );
    fc.assert(
      fc.property(document, version, (text, added) => {
        const digest = digestOf(99);
        holds({
          text,
          edit: (now) => registerVersion(fileOf(now), { version: added, digest }),
          meaning: (before) => ({
            ...before,
            versions: said(edited(registerVersion(fileOf(text), { version: added, digest }), text))
              .versions,
          }),
          lines: text.includes("versions: []") ? 1 : 0,
        });
        const versions = said(
          edited(registerVersion(fileOf(text), { version: added, digest }), text),
        ).versions;
        expect(versions.filter((line) => line.version !== added)).toEqual(said(text).versions);
        expect(versions.filter((line) => line.version === added)).toEqual([
          { version: added, digest },
        ]);
      }),
      RUNS,
    );
  });

  it("004-11 when it promotes a version, whose channels stay in their order", () => {
    const asked = fc.uniqueArray(fc.constantFrom(...CHANNELS), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(withLine, asked, ({ text, line }, channels) => {
        fc.pre(line.state === undefined);
        holds({
          text,
          edit: (now) =>
            promoteVersion(fileOf(now), { version: line.version, channels, order: CHANNELS }),
          meaning: (before) =>
            replace(before, line, (old) => ({
              ...old,
              channels: gained(old.channels ?? [], channels),
            })),
          lines: channels.length,
        });
      }),
      RUNS,
    );
  });

  it("003-26 when it ends a version, with any reason", () => {
    fc.assert(
      fc.property(withLine, reason, fc.boolean(), ({ text, line }, why, isRetired) => {
        fc.pre(isRetired || line.state !== "retired");
        const state = isRetired ? "retired" : "deprecated";
        const end = isRetired ? retireVersion : deprecateVersion;
        holds({
          text,
          edit: (now) => end(fileOf(now), { version: line.version, reason: why }),
          meaning: (before) => replace(before, line, (old) => ({ ...old, state, reason: why })),
          lines: 2,
        });
      }),
      RUNS,
    );
  });

  it("when it pins tags, and when it lets go of them", () => {
    const tags = fc.uniqueArray(fc.constantFrom("stable", "1.4", "v1"), { minLength: 1 });
    fc.assert(
      fc.property(
        withLine,
        tags,
        fc.option(fc.constant("INC-9"), { nil: undefined }),
        ({ text, line }, names, why) => {
          const pin = why === undefined ? line.version : { version: line.version, reason: why };
          const pinning = {
            channel: "prod",
            tags: names,
            version: line.version,
            reason: why,
            until: undefined,
          };
          holds({
            text,
            edit: (now) => pinTags(fileOf(now), pinning),
            meaning: (before) => ({
              ...before,
              pins: {
                ...before.pins,
                prod: {
                  ...before.pins?.["prod"],
                  ...Object.fromEntries(
                    names.map((tag) => [
                      tag,
                      wasMap(before, tag) && why === undefined ? { version: line.version } : pin,
                    ]),
                  ),
                },
              },
            }),
            lines: names.length,
          });
          const pinned = edited(pinTags(fileOf(text), pinning), text);
          holds({
            text: pinned,
            edit: (now) => liftPins(fileOf(now), { channel: "prod" }),
            meaning: ({ pins, ...rest }) => {
              const { prod: _, ...others } = pins ?? {};
              return Object.keys(others).length === 0 ? rest : { ...rest, pins: others };
            },
            lines: 6,
            keepsComments: false,
          });
        },
      ),
      RUNS,
    );
  });
});

/** A document with some characters changed: broken as a rule, else of a layout that nobody would choose. */
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
          "&a ",
          "*a",
          "!t ",
          "|",
          ">",
          "{",
          "}",
          "?",
          "%",
          "\r",
          "\\",
          "~",
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((now, [at, by]) => {
      const offset = at % (now.length + 1);
      return now.slice(0, offset) + by + now.slice(offset + (at % 3 === 0 ? 1 : 0));
    }, text),
  );

describe("an edit of a damaged file", () => {
  it("is refused, or says what it should and nothing else", () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const edit = registerVersion(fileOf(text), { version: "v7.0.0", digest: digestOf(99) });
        if (edit.kind !== "changed") return;
        const { versions: now, ...rest } = said(edit.text);
        const { versions: before, ...others } = said(text);
        expect(rest).toEqual(others);
        // Damage may have made anything of an item, and nothing, too.
        const kept = now.filter((line: SaidLine | null) => line?.version !== "v7.0.0");
        expect(kept).toEqual(before ?? []);
      }),
      { numRuns: 200 },
    );
  });
});

function wasMap(before: Said, tag: string): boolean {
  return typeof before.pins?.["prod"]?.[tag] === "object";
}

function edited(edit: Edit, text: string): string {
  return edit.kind === "changed" ? edit.text : text;
}

/** The channels that a line has after it gained some whole, by another way than the code's: each goes before the first later one. */
function gained(
  old: NonNullable<SaidLine["channels"]>,
  channels: readonly string[],
): NonNullable<SaidLine["channels"]> {
  const now = [...old];
  for (const channel of CHANNELS.filter((name) => channels.includes(name))) {
    const names = now.map((item) => (typeof item === "string" ? item : item.channel));
    if (names.includes(channel)) now[names.indexOf(channel)] = channel;
    else {
      const later = names.findIndex(
        (name) => CHANNELS.findIndex((each) => each === name) > CHANNELS.indexOf(channel),
      );
      now.splice(later < 0 ? now.length : later, 0, channel);
    }
  }
  return now;
}
