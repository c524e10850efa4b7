import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { code, markdown, plain } from "../../src/report/plain-text.ts";

describe("foreign text", () => {
  it.for([
    ["an ANSI escape", "a\u001b[31mred", "a\ufffd[31mred"],
    ["a carriage return", "a\rb", "a\ufffdb"],
    ["a newline, as a space", "a\nb", "a b"],
    ["a right-to-left override", "a\u202eb", "a\ufffdb"],
    ["a zero-width space", "a\u200bb", "a\ufffdb"],
    ["a C1 control", "a\u009bb", "a\ufffdb"],
    ["letters of any language, kept", "bjørn 東京", "bjørn 東京"],
  ] as const)("leaves no %s for a terminal", ([, text, expected]) => {
    expect(plain(text)).toBe(expected);
  });

  it("is cut to its limit and says so", () => {
    expect(plain("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
  });

  it("never keeps a character that Markdown or GitHub acts on", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const escaped = markdown(text);
        expect(escaped.replaceAll(/&#\d+;/g, "")).not.toMatch(/[\\`*_{}[\]<>()#+!|~&@:]/);
      }),
    );
  });

  it.for([
    ["plain", "v1.0", "`v1.0`"],
    ["a backtick", "a`b", "`` a`b ``"],
    ["two backticks", "a``b", "``` a``b ```"],
    ["a pipe, which would end a table's cell", "a|b", "`a\\|b`"],
    ["a newline", "a\n\nb", "`a  b`"],
  ] as const)("fits into a code span: %s", ([, text, expected]) => {
    expect(code(text)).toBe(expected);
  });
});
