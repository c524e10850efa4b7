import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readYaml } from "../../src/desired/yaml/read.ts";
import { keyPositionOf, nodeAt, plainValue, positionOf } from "../../src/desired/yaml/tree.ts";
import {
  API,
  check,
  CHANNELS,
  digest,
  HEAD,
  REGISTRIES,
  SITES,
  spot,
  versions,
  withPolicies,
} from "../support/promotions.ts";

function tree(text: string): ReturnType<typeof readYaml> {
  return readYaml({ path: "a.yaml", text });
}

const LINE = `version: v1.0.0, digest: "${digest(1)}", channels: [dev]`;

describe("positions in a file", () => {
  it.for([
    ["\n", "\n"],
    ["\r\n", "\r\n"],
  ])("count lines that end with %j", ([end]) => {
    const { tree: found, diagnostics } = tree(
      ["a:", "  - b: |", "      one", "      two", "    c: 'x'", ""].join(end),
    );
    expect(diagnostics).toEqual([]);
    expect(positionOf(found, ["a", 0, "c"])).toEqual({ file: "a.yaml", line: 5, column: 8 });
    expect(keyPositionOf(found, ["a", 0, "c"])).toEqual({ file: "a.yaml", line: 5, column: 5 });
    expect(nodeAt(found.root, ["a", 0, "b"])).toMatchObject({ value: "one\ntwo\n", plain: false });
  });

  it("begin after a byte order mark", () => {
    const { tree: found, diagnostics } = tree("\uFEFFa: 1\nb: 2\n");
    expect(diagnostics).toEqual([]);
    expect(positionOf(found, ["b"])).toEqual({ file: "a.yaml", line: 2, column: 4 });
  });

  it("of what is not there are those of the nearest that is", () => {
    const { tree: found } = tree("a: { b: 1 }\n");
    expect(positionOf(found, ["a", "c", "d"])).toEqual({ file: "a.yaml", line: 1, column: 4 });
    expect(keyPositionOf(found, ["a", "c"])).toEqual({ file: "a.yaml", line: 1, column: 4 });
    expect(positionOf(tree("").tree, ["a"])).toEqual({ file: "a.yaml", line: 1, column: 1 });
  });
});

describe("values", () => {
  it("are YAML 1.2's: yes is a string, a time is a string, 1.10 is a number that knows how it was written", () => {
    const { tree: found } = tree("a: yes\nb: 2026-12-01T00:00:00Z\nc: 1.10\nd: ~\ne: true\nf:\n");
    expect(found.root && plainValue(found.root)).toEqual({
      a: "yes",
      b: "2026-12-01T00:00:00Z",
      c: 1.1,
      d: null,
      e: true,
      f: null,
    });
    expect(nodeAt(found.root, ["c"])).toMatchObject({ source: "1.10", plain: true });
  });

  it("of the key __proto__ are seen like any other", () => {
    const text = `${HEAD}${versions(LINE)}__proto__: { kind: Promotion }\n`;
    expect(check(withPolicies([{ path: API, text }])).diagnostics.map(spot)).toEqual([
      `${API}:10:1 unknown-key`,
    ]);
  });
});

describe("the caps", () => {
  it("count bytes, not characters", () => {
    const text = `a: "${"é".repeat(600_000)}"\n`;
    expect(tree(text).diagnostics.map(spot)).toEqual(["a.yaml:1:1 file-too-large"]);
    expect(readYaml({ path: "a.yaml", text }, 2 * 1024 * 1024).diagnostics).toEqual([]);
  });

  it.for([
    ["brackets", "["],
    ["dashes", "- "],
    ["question marks", "? "],
    ["braces", "{a: "],
  ])("stop at a depth of 32: %s", ([, token]) => {
    const deep = tree((token ?? "").repeat(200_000));
    expect(deep.diagnostics.map(({ code }) => code)).toEqual(["yaml-too-deep"]);
    expect(tree((token ?? "").repeat(32)).diagnostics.map(({ code }) => code)).not.toContain(
      "yaml-too-deep",
    );
  });

  it("stop at a thousand documents in one file as at two", () => {
    expect(tree("---\na: 1\n".repeat(1000)).diagnostics.map(spot)).toEqual([
      "a.yaml:3:1 yaml-several-documents",
    ]);
  });
});

describe("a file that somebody broke", () => {
  const whole = {
    [API]: `${HEAD}${versions(LINE, `version: v0.9.0, digest: "${digest(2)}", state: retired`)}pins: { prod: { stable: v1.0.0 } }\n`,
    "policies/sites.yaml": SITES,
    "policies/channels.yaml": CHANNELS,
    "policies/registries.yaml": REGISTRIES,
  };
  const junk = fc.oneof(
    fc.constantFrom(
      ..."{ } [ ] : - , # & * ! | > ' \" % @ ` ? ~ \t \n \r \u0000 \uFEFF $ ^ \\ /".split(" "),
      "{{x}}",
      "a b",
      "---\n",
      "<<: ",
      "__proto__",
      "..",
      "null",
      "1.10",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const damage = fc.record({
    path: fc.constantFrom(...Object.keys(whole)),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 12 }),
    put: junk,
  });

  it("is told of, and never stops the reader", () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const files = new Map<string, string>(Object.entries(whole));
        for (const { path, at, cut, put } of damages) {
          const text = files.get(path) ?? "";
          const index = Math.floor(at * text.length);
          files.set(path, text.slice(0, index) + put + text.slice(index + cut));
        }
        const { diagnostics } = check(
          [...files].map(([path, text]) => ({ path, text })),
          { restrictPaths: true },
        );
        for (const { file, line, column } of diagnostics) {
          const lines = (files.get(file) ?? "").split("\n");
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
