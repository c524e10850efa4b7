import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "../../../../src/stores/registry/auth/challenge.ts";

function read(...headers: string[]) {
  return parseChallenges(headers).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

describe("a WWW-Authenticate header (RFC 9110 §11.6.1)", () => {
  const ROWS: readonly (readonly [string, readonly string[], unknown])[] = [
    [
      "one challenge",
      [`Bearer realm="https://a/token",service="a",scope="repository:x:pull,push"`],
      [["bearer", { realm: "https://a/token", service: "a", scope: "repository:x:pull,push" }]],
    ],
    ["Basic without parameters", ["Basic"], [["basic", {}]]],
    ["any case", [`bEaReR REALM=x`], [["bearer", { realm: "x" }]]],
    [
      "several in one header",
      [`Basic realm="a, b", Bearer realm="https://c/t", service=d`],
      [
        ["basic", { realm: "a, b" }],
        ["bearer", { realm: "https://c/t", service: "d" }],
      ],
    ],
    [
      "several headers",
      [`Negotiate`, `Bearer realm="r"`],
      [
        ["negotiate", {}],
        ["bearer", { realm: "r" }],
      ],
    ],
    [
      "a scheme with a token in place of parameters",
      [`Negotiate YII+/abc==, Basic realm=x`],
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    [
      "Basic without parameters before another",
      [`Basic, Bearer realm="r"`],
      [
        ["basic", {}],
        ["bearer", { realm: "r" }],
      ],
    ],
    ["escapes in quotes", [`Basic realm="a\\"b\\\\c"`], [["basic", { realm: `a"b\\c` }]]],
    [
      "spaces around equals and commas",
      [`Bearer  realm = "r" ,  a = b`],
      [["bearer", { realm: "r", a: "b" }]],
    ],
    [
      "an address without quotes",
      [`Bearer realm=https://a/t,service=s`],
      [["bearer", { realm: "https://a/t", service: "s" }]],
    ],
    [
      "the first of a repeated parameter",
      [`Bearer realm="a",realm="b"`],
      [["bearer", { realm: "a" }]],
    ],
    [
      "an unclosed quote",
      [`Bearer realm="a`],
      [
        ["bearer", {}],
        ["realm", {}],
      ],
    ],
    ["nothing", ["", " , "], []],
  ];
  it.for(ROWS)("is read with %s", ([, headers, expected]) => {
    expect(read(...headers)).toEqual(expected);
  });

  it("is read however it is made, without throwing and within bounds", () => {
    const piece = fc.constantFrom(
      "Bearer",
      "=",
      '"',
      ",",
      " ",
      "\\",
      "realm",
      "a",
      "==",
      "\t",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(parseChallenges([pieces.join("")]).length).toBeLessThanOrEqual(16);
      }),
    );
    expect(parseChallenges([`a,`.repeat(100_000)]).length).toBeLessThanOrEqual(16);
  });
});
