import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCommand } from "../../../src/app/chat/command.ts";
import { chatCommentIn } from "../../../src/app/chat/comment-event.ts";

const EXAMPLES = "node_modules/@octokit/webhooks-examples/api.github.com/index.json";
const WORDS = ["plan", "retry", "hold", "unhold", "help"] as const;
const PROSE = fc.string({ unit: "binary" }).filter((text) => !/(?:^|\n)\/waybill/.test(text));

describe("the command of a comment", () => {
  it.for(WORDS)("is the first line, whole: %s", (kind) => {
    for (const body of [
      `/waybill ${kind}`,
      `/waybill ${kind}\n`,
      `/waybill ${kind}\r\nbecause of INC-812`,
      `/waybill   ${kind}  `,
      `/waybill ${kind}\n\n> /waybill hold`,
      `/waybill ${kind}\n\`\`\`\n  /waybill hold\n\`\`\``,
    ])
      expect(readCommand(body)).toEqual({ kind });
  });

  it.for(["payments/api", "payments/api@v1.4.2", "payments/api@5c1234"])(
    "explains an artifact: %s",
    (artifact) => {
      expect(readCommand(`/waybill explain ${artifact}`)).toEqual({ kind: "explain", artifact });
    },
  );

  it.for([
    "",
    "/waybillplan",
    " /waybill plan",
    "\t/waybill plan",
    "    /waybill plan",
    "\n/waybill plan",
    "> /waybill plan",
    "```\n/waybill plan\n```",
    "~~~\n/waybill plan",
    "- /waybill plan",
    "`/waybill plan`",
    "please /waybill plan",
    "/WAYBILL plan",
    "/wаybill plan",
    "/waybill\u00a0plan",
    "/waybill\tplan",
    "\ufeff/waybill plan",
    "\u200b/waybill plan",
    "/waybill\rplan",
    "⁄waybill plan",
    "@waybill plan",
    "<!-- /waybill plan -->",
  ])("is none where something else comes first: %j", (body) => {
    expect(readCommand(body)).toEqual({ kind: "nothing" });
  });

  it.for([
    "/waybill",
    "/waybill ",
    "/waybill approve",
    "/waybill merge",
    "/waybill override",
    "/waybill apply",
    "/waybill PLAN",
    "/waybill plаn",
    "/waybill plan\u200b",
    "/waybill plan\u00a0",
    "/waybill plan now",
    "/waybill plan; retry",
    "/waybill hold /waybill unhold",
    "/waybill hold\n/waybill unhold",
    "/waybill hold\r\n/waybill\tunhold",
    "/waybill explain",
    "/waybill explain payments",
    "/waybill explain payments/api prod",
    "/waybill explain ../../etc/passwd",
    "/waybill explain payments/api@$(id)",
    "/waybill constructor",
    "/waybill __proto__",
  ])("is unknown where it is for us and nothing that we do: %j", (body) => {
    expect(readCommand(body)).toMatchObject({ kind: "unknown" });
  });

  it("is what comes first, whatever prose follows it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...WORDS),
        fc.constantFrom("\n", "\r\n"),
        PROSE,
        (kind, end, rest) => {
          expect(readCommand(`/waybill ${kind}${end}${rest}`)).toEqual({ kind });
        },
      ),
    );
  });

  it("is never made by prose, quoted, indented or in a fence", () => {
    const before = fc.constantFrom("> ", ">", " ", "\t", "```\n", "~~~\n", "* ", "1. ", "_", "\n");
    fc.assert(
      fc.property(before, fc.constantFrom(...WORDS), PROSE, (start, kind, rest) => {
        expect(readCommand(`${start}/waybill ${kind}\n${rest}`).kind).toBe("nothing");
      }),
    );
  });

  it("is read from any text at all, and a word more never makes another command of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(readCommand(text).kind).toBeTypeOf("string");
        const { kind } = readCommand(`/waybill hold ${text}`);
        expect(["hold", "unknown"]).toContain(kind);
        if (kind === "hold") expect(text).toMatch(/^ *(?:\r?\n|$)/);
      }),
    );
  });
});

interface Example {
  readonly action?: string;
  readonly issue?: Readonly<Record<string, unknown>>;
}

describe("the delivery of a comment", () => {
  const good = { action: "created", issue: { number: 7, pull_request: {} }, comment: { id: 4 } };

  it("names a comment and its pull request", () => {
    expect(chatCommentIn(good)).toEqual({ comment: 4, pullRequest: 7 });
  });

  it.for<readonly [string, unknown]>([
    ["an edit", { ...good, action: "edited" }],
    ["a deletion", { ...good, action: "deleted" }],
    ["an issue", { ...good, issue: { number: 7 } }],
    ["no number", { ...good, issue: { number: "7", pull_request: {} } }],
    ["a number that is none", { ...good, comment: { id: 4.5 } }],
    ["nothing", undefined],
    ["null", null],
    ["a list", []],
  ])("is not for us where it is %s", ([, payload]) => {
    expect(chatCommentIn(payload)).toBeUndefined();
  });

  it("is read from every example of GitHub's", () => {
    const events: readonly { readonly name: string; readonly examples: readonly Example[] }[] =
      JSON.parse(readFileSync(EXAMPLES, "utf8"));
    const all = events.flatMap(({ examples }) => examples);
    expect(all.length).toBeGreaterThan(300);
    // All of GitHub's examples of comments are on issues.
    expect(all.filter((one) => chatCommentIn(one) !== undefined)).toEqual([]);
    const comments = events
      .filter(({ name }) => name === "issue_comment")
      .flatMap(({ examples }) => examples)
      .map((one) => ({ ...one, issue: { ...one.issue, pull_request: {} } }));
    const heard = comments.filter((one) => chatCommentIn(one) !== undefined);
    expect(heard.length).toBeGreaterThan(0);
    expect(new Set(heard.map(({ action }) => action))).toEqual(new Set(["created"]));
  });

  it("never throws, whatever it holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        chatCommentIn(value);
        chatCommentIn({ action: "created", issue: value, comment: value });
      }),
    );
  });
});
