import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlain } from "../../src/desired/yaml/plain-tree.ts";
import { readAny } from "../../src/desired/yaml/read.ts";

/** Where the short reading gives a tree at all, it is the library's, position for position, and nothing is wrong. */
function expectSame(text: string): boolean {
  const plain = readPlain(text);
  if (plain === undefined) return false;
  const { tree, diagnostics } = readAny({ path: "a.yaml", text });
  expect(plain).toEqual(tree.root);
  expect(diagnostics).toEqual([]);
  return true;
}

const SCALARS = [
  "v1.4.2",
  "1.4.1",
  "a",
  "payments",
  "superseded by v1.4.1",
  "oci-layout:./var/a",
  "registry.example.com:5000/a/b",
  '"sha256:00"',
  "'it'",
  '""',
  "2026-12-01T00:00:00Z",
  "a, b",
  "(x)",
  "don't",
  "true",
  "null",
  "~",
  "1",
  "1.4",
  "0x1f",
  "1e3",
  "- a",
  "a: b",
  "a #b",
  "a # b",
  "#",
  "&a b",
  "*a",
  "!t x",
  "|",
  ">",
  "@a",
  "`",
  "%a",
  "æ",
  "a:",
  ":a",
  "a:b",
  "x ",
  "{}",
  "[]",
  "[a, b]",
  "[a,b]",
  "[a, b,]",
  "[ ]",
  "{a: b}",
  "{ a: b, c: [d, { e: f }] }",
  "{ a: b, a: c }",
  "{a:b}",
  "{ a: }",
  "[a: b]",
  "{ a: b c, d: e }",
  "[a b , c]",
  '{ "a": b }',
  "[[[[a]]]]",
  "{ a: [}",
  "a]",
  "a}",
  "a{b",
  "'a''b'",
  '"a\\nb"',
  "yes",
  "No",
  "=",
  "a=b",
  "?",
  "? a",
  "-",
  "-a",
  "a -b",
  "a- b",
  "a;b",
  "1_000",
  ".5",
  "+1",
  "0o7",
  "1.",
  "08",
  "True",
  "NULL",
  "1.4.1, 2",
  "12e03",
  "a'",
  "'a' b",
  '"a" # c',
  "(",
  ")",
] as const;
const KEYS = [
  "a",
  "b",
  "version",
  "null",
  "true",
  "a-b",
  "a b",
  '"a"',
  "1",
  "A_1",
  "yes",
  "a.",
] as const;

/** Lines as they may stand in a file, at all kinds of columns. */
const texts = fc
  .array(
    fc.record({
      indent: fc.constantFrom(0, 0, 0, 1, 2, 2, 2, 3, 4, 4, 6),
      form: fc.constantFrom(
        "entry",
        "entry",
        "entry",
        "open",
        "item",
        "item key",
        "item open",
        "comment",
        "blank",
        "word",
        "---",
        "tab",
      ),
      key: fc.constantFrom(...KEYS),
      value: fc.constantFrom(...SCALARS),
      tail: fc.constantFrom("", "", "", " ", "  # c", " #", "\r"),
    }),
    { maxLength: 9 },
  )
  .chain((lines) => fc.constantFrom("\n", "").map((last) => lines.map(lineOf).join("\n") + last));

interface Part {
  readonly indent: number;
  readonly form: string;
  readonly key: string;
  readonly value: string;
  readonly tail: string;
}

function lineOf({ indent, form, key, value, tail }: Part): string {
  const at = " ".repeat(indent);
  switch (form) {
    case "entry":
      return `${at}${key}: ${value}${tail}`;
    case "open":
      return `${at}${key}:${tail}`;
    case "item":
      return `${at}- ${value}${tail}`;
    case "item key":
      return `${at}-  ${key}: ${value}${tail}`;
    case "item open":
      return `${at}- ${key}:${tail}`;
    case "comment":
      return `${at}# ${value} æ${tail}`;
    case "blank":
      return at;
    case "word":
      return `${at}${value}`;
    case "tab":
      return `\t${key}: ${value}`;
    default:
      return form;
  }
}

/** Mostly what needs no library, so that many texts are read short. */
const values = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom("v1.4.2", "payments", '"sha256:00"', "it's 1.4.1", "a:b"),
  },
  { weight: 1, arbitrary: fc.constantFrom(...SCALARS) },
);
const files = fc
  .record({
    kind: values,
    source: values,
    reason: values,
    versions: fc.array(fc.record({ version: values, channels: fc.array(values) })),
  })
  .map(({ kind, source, reason, versions }) => {
    const lines = versions.map(({ version, channels }, at) =>
      at % 2 === 0
        ? `  - { version: ${version}, channels: [${channels.join(", ")}] }`
        : `  - version: ${version} # one\n\n    channels: [${channels.join(", ")}]`,
    );
    return `# a file\nkind: ${kind}\nartifact:\n  source: { type: ${source} }\n  reason: ${reason}\nversions:\n${lines.join("\n")}\n`;
  });

describe("files as people write them", () => {
  it("are read as the library reads them, whatever stands on their lines", () => {
    fc.assert(
      fc.property(texts, (text) => void expectSame(text)),
      { numRuns: 4_000 },
    );
  });

  it("are read as the library reads them, as whole files", () => {
    let short = 0;
    fc.assert(
      fc.property(files, (text) => void (short += Number(expectSame(text)))),
      { numRuns: 1_500 },
    );
    expect(short).toBeGreaterThan(300);
  });

  it("are read as the library reads them, whatever a character is changed to", () => {
    const [text] = examples();
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.string({ unit: "binary", maxLength: 2 }),
        (at, put) => void expectSame(text.slice(0, at) + put + text.slice(at + 1)),
      ),
      { numRuns: 1_500 },
    );
  });

  it("design §7 are what this repository's own promotions are", () => {
    const found = examples();
    expect(found.length).toBeGreaterThan(0);
    for (const text of found) expect(expectSame(text)).toBe(true);
  });

  it("leave a comment that is deeper than what it follows to the library", () => {
    expect(readPlain("a:\n- b\n# c\n")).toBeDefined();
    expect(readPlain("a:\n- b\n  # c\n")).toBeUndefined();
  });

  it.for([...SCALARS])("%j as a value", (text) => {
    expectSame(`a: ${text}\nb:\n  - ${text}\n  - { c: ${text} }\nd: [${text}]\n`);
    expectSame(`a: ${text}\n`);
    expectSame(`a: { b: ${text} }\n`);
    expectSame(`a:\n- ${text}\n`);
  });
});

/** The promotion files of this repository, and one with everything. */
function examples(): readonly [string, ...string[]] {
  const folder = join(import.meta.dirname, "../../promotions");
  const own = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => readFileSync(join(folder, path), "utf8"));
  return [WHOLE, ...own];
}

const WHOLE = `# yaml-language-server: $schema=../../schemas/promotion.v1.json
apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com:5000/payments-staging/api }

versions:
  # the newest
  - { version: v1.5.0-rc.2, digest: "sha256:9a", channels: [dev, test, { channel: prod, environment: eu }] }
  - version: v1.3.0
    digest: 'sha256:c2'
    state: retired
    reason: out of support, and gone
pins: { prod: { stable: { version: v1.4.1, reason: "INC-812", until: 2026-12-01T00:00:00Z } } }
`;
