import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOverrides } from "#desired";

const WRITTEN = "2026-11-20T10:00:00Z";
const GOOD = "limit: remove\nchannel: prod\nreason: INC-1\nexpires: 2026-12-20T10:00:00Z\n";

function block(text: string = GOOD, info = "waybill-override", fence = "```"): string {
  return `${fence}${info}\n${text}${fence}\n`;
}

describe("an override in a pull request's body", () => {
  it("is read, with the line where it stands", () => {
    const body = `Some words.\n\n${block(`${GOOD}site: oslo\nvalue: 20\n`)}more\n${block(GOOD, "waybill-override", "~~~~")}`;
    expect(readOverrides(body, WRITTEN)).toEqual({
      diagnostics: [],
      overrides: [
        {
          limit: "remove",
          channel: "prod",
          site: "oslo",
          value: 20,
          reason: "INC-1",
          expires: "2026-12-20T10:00:00Z",
          line: 3,
        },
        expect.objectContaining({ limit: "remove", site: undefined, value: undefined, line: 12 }),
      ],
    });
  });

  it("may end its lines as a browser does", () => {
    expect(readOverrides(block().replaceAll("\n", "\r\n"), WRITTEN).overrides).toHaveLength(1);
  });

  it.for<readonly [name: string, body: string, code: string, line: number]>([
    ["an unknown key", block(`${GOOD}approve: all\n`), "unknown-key", 6],
    ["a missing key", block(GOOD.replace(/reason.*\n/, "")), "missing-key", 1],
    ["an unknown limit", block(GOOD.replace("remove", "everything")), "override-form", 2],
    ["a list of channels", block(GOOD.replace("prod", "[prod, dev]")), "override-form", 3],
    ["a channel with a star", block(GOOD.replace("prod", '"*"')), "override-form", 3],
    ["an empty reason", block(GOOD.replace("INC-1", '" "')), "override-form", 4],
    ["no time", block(GOOD.replace("2026-12-20T10:00:00Z", "never")), "override-form", 5],
    ["30 days and a second", block(GOOD.replace("10:00:00Z", "10:00:01Z")), "override-too-long", 5],
    [
      "a value where nothing is counted",
      block(`${GOOD.replace("remove", "freeze")}value: 1\n`),
      "override-form",
      6,
    ],
    ["half a thing", block(`${GOOD}value: 1.5\n`), "override-form", 6],
    ["a key twice", block(`${GOOD}channel: dev\n`), "duplicate-key", 6],
    ["an alias", block(`${GOOD}site: *a\n`), "yaml-alias", 6],
    ["nothing", block(""), "override-form", 1],
    ["a list", block("- limit: remove\n"), "override-form", 1],
    ["more words behind the fence", block(GOOD, "waybill-override prod"), "override-form", 1],
    ["other letters", block(GOOD, "Waybill-Override"), "override-form", 1],
    ["no end", "```waybill-override\nlimit: remove\n", "override-form", 1],
    ["a comment around it", `<!-- a\n${block()}-->\n`, "override-form", 2],
    ["a comment that began twice", `<!-- a --> x <!--\n${block()}`, "override-form", 2],
    ["fifty-one", block().repeat(51), "override-form", 1],
    ["a body without end", `${"x".repeat(262_145)}\n${block()}`, "override-form", 1],
  ])("%s lifts nothing and is told", ([, body, code, line]) => {
    const { overrides, diagnostics } = readOverrides(body, WRITTEN);
    expect(overrides).toEqual([]);
    expect(diagnostics.map((item) => [item.code, item.line])).toContainEqual([code, line]);
  });

  it.for<readonly [name: string, body: string]>([
    ["in a longer fence", `\`\`\`\`\n${block()}\`\`\`\`\n`],
    ["in another fence", `~~~\n${block()}~~~\n`],
    ["in a quote", block().replaceAll(/^/gm, "> ")],
    ["in an indented code", block().replaceAll(/^/gm, "    ")],
    ["as inline code", "```waybill-override``` limit: remove\n"],
    ["with another name", block(GOOD, "waybill-overrides")],
  ])("%s is no override at all", ([, body]) => {
    expect(readOverrides(body, WRITTEN)).toEqual({ overrides: [], diagnostics: [] });
  });

  it("never throws, and never lifts what is not written so, whatever the body is", () => {
    const piece = fc.constantFrom(
      "```",
      "~~~",
      "waybill-override",
      "\n",
      "limit: remove\n",
      "channel: prod\n",
      "reason: x\n",
      "expires: 2026-12-01\n",
      "<!--",
      "-->",
      " ",
      "&a",
      "*a",
      "{",
      "\u0000",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { overrides } = readOverrides(pieces.join(""), WRITTEN);
        for (const { limit, channel } of overrides)
          expect([limit, channel]).toEqual(["remove", "prod"]);
      }),
      { numRuns: 300 },
    );
  });
});
