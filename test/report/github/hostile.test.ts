import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "#model";
import {
  checkOutputs,
  commentMarkdown,
  diagnosticsCommands,
  failureCommand,
  outputLines,
  stepSummary,
  withoutCommands,
  type CommentInput,
} from "#report";
import { action, blockedItem, planWith, result, tagAction } from "../../support/actions.ts";
import { digestOf } from "../../support/state.ts";
import { exampleComment, exampleOutcome, examplePage, exampleReport, HEAD } from "./comments.ts";

/** Pieces that end a fold, a fence, a table, a comment or a command, or call somebody. */
const PIECES = [
  "</details>",
  "<details>",
  "<!--",
  "-->",
  "```",
  "~~~",
  "`",
  "``",
  "|",
  "\n",
  "\n\n",
  "\r",
  "@everyone",
  "@org/team",
  "a@b.example.com",
  "#12",
  "GH-12",
  "org/repo#3",
  "https://evil.example.com",
  "www.evil.example.com",
  "![x](https://evil.example.com/x.png)",
  "[x](javascript:alert(1))",
  "<img src=x onerror=alert(1)>",
  "</summary>",
  "\u202e",
  "\u200b",
  "\u001b[31m",
  "&lt;",
  "&#64;",
  "\\",
  "*",
  "_",
  "> ",
  "# ",
  "- ",
  "::error::x",
  "::stop-commands::t",
  "##[add-mask]x",
  "%0A::error::",
  "mailto:a@b.example.com",
  "<https://evil.example.com>",
  "$(id)",
  "$`x`$",
];
const foreign = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "grapheme", maxLength: 6 })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(""));

/** A comment in which every text that somebody else wrote is hostile. */
const comments: fc.Arbitrary<CommentInput> = fc
  .record({ text: foreign, other: foreign, merged: fc.boolean(), compared: fc.boolean() })
  .map(({ text, other, merged, compared }) => {
    const subject = { artifact: text, version: other, channel: text, site: other, reason: other };
    const actions = [
      action({ ...subject, bytes: undefined }),
      tagAction(other, { ...subject, notBefore: text }),
      action({ ...subject, op: "delete", destructive: true }),
    ];
    const report = exampleReport({
      plan: planWith(actions, {
        blocked: [
          blockedItem({ ...subject, hint: text }),
          blockedItem({ ...subject, version: undefined, code: "target-unknown", hint: text }),
        ],
        notes: [
          { code: "a-note", message: text },
          { code: "frozen", message: `${text} is frozen ${other}` },
        ],
        scope: { kind: "since", revision: other, artifacts: [text] },
      }),
      findings: [
        { file: text, line: 1, column: 1, code: "a-code", severity: "error", message: other },
      ],
      changes: [
        { kind: "retires", artifact: text, version: other, detail: text },
        { kind: "pins", artifact: text, version: other, detail: other },
      ],
      unread: [{ store: text, why: "new-host" }],
      policy: {
        files: [text],
        turned: {
          compared: 2,
          turns: [
            {
              artifact: text,
              version: other,
              channel: text,
              environment: other,
              from: { trust: "verified", decision: "allow" },
              to: { trust: "revoked", decision: "refuse" },
              why: text,
            },
          ],
        },
      },
    });
    const page = examplePage({
      artifact: text,
      version: other,
      channel: text,
      from: [other],
      places: [{ channel: text, site: other, before: text, after: other }],
      origin: { repositoryUrl: text, commit: other, runUrl: `https://x.example.com/${text}` },
      platforms: [text, other],
      evidence: [text],
      missing: [{ what: text, by: other, found: text, who: other, fix: text }],
      content: {
        against: text,
        packages: {
          kind: "compared",
          basis: other,
          value: [{ kind: "added", name: text, before: undefined, after: other }],
        },
        vulnerabilities: {
          kind: "compared",
          value: { fixed: [{ id: text, severity: "low" }], introduced: [] },
        },
        config: compared
          ? {
              kind: "compared",
              value: [{ setting: "user", platform: other, before: text, after: other }],
            }
          : { kind: "unknown", why: text },
        platforms: { kind: "compared", value: { added: [text], removed: [other] } },
        source: { repository: text, before: text, after: other },
      },
      rollback: {
        kind: "version",
        version: text,
        digest: digestOf("x"),
        sites: [{ site: text, isReady: false, missing: other }],
      },
    });
    const results = actions.map((item) => ({ ...result(item, "failed", "a-code"), message: text }));
    return exampleComment({
      instance: text,
      report: { ...report, pages: [page] },

      answers: [text],
      summaryUrl: other,
      repositoryUrl: text,
      approvals: {
        isApproved: false,
        needed: [{ from: [text], have: 0, want: 1, why: other }],
        given: [{ login: text, commit: other }],
        notCounted: [{ login: other, why: text }],
      },
      outcome: merged
        ? { ...exampleOutcome(), results, uncovered: results, record: text, runUrl: other }
        : undefined,
    });
  });

/** The lines of a text that stand in no fence; fails where a fence is left open. */
function outsideFences(text: string): readonly string[] {
  let fence: string | undefined;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const mark = /^(?:`{3,}|~{3,})/.exec(line)?.[0];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && line === fence) fence = undefined;
    else if (fence === undefined) lines.push(line);
  }
  expect(fence, "an open fence").toBeUndefined();
  return lines;
}

/** What is left where code spans are taken out, as CommonMark pairs them: runs of backticks of one length. */
function withoutCode(line: string): string {
  return line.replaceAll(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, "");
}

function decoded(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
}

function checkMarkdown(text: string): void {
  let depth = 0;
  for (const line of outsideFences(text)) {
    if (line.startsWith("<details><summary>")) depth += 1;
    if (line === "</details>") depth -= 1;
    expect(depth, line).toBeGreaterThanOrEqual(0);
    const bare = withoutCode(line);
    const html = [...bare.matchAll(/<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag);
    const ours = /^(?:<\/?details>|<\/?summary>|<\/?sub>|<!-- waybill:plan v1 [^<>]*-->)$/;
    expect(
      html.filter((tag) => !ours.test(tag)),
      line,
    ).toEqual([]);
    for (const [, url = ""] of bare.matchAll(/\]\(([^)]*)\)/g))
      expect(url).toMatch(/^https:\/\/[\w.:%/=?&+~-]+$/);
    const said = bare.replace(/^<!--.*-->$/, "").replaceAll(/\]\([^)]*\)/g, "");
    const read = decoded(said);
    expect(read, line).not.toMatch(/@[a-z0-9]/i);
    expect(read, line).not.toMatch(/#\d|\bGH-\d/i);
    expect(said, line).not.toMatch(/(?:https?|ftp):\/\/|\bwww\./i);
  }
  expect(depth).toBe(0);
}

describe("whatever others wrote", () => {
  it("a comment stays balanced, calls nobody and links nowhere", () => {
    fc.assert(
      fc.property(comments, (input) => checkMarkdown(commentMarkdown(input))),
      { numRuns: 150 },
    );
  });

  it("a comment has its size, and its marker alone on the first line", () => {
    fc.assert(
      fc.property(comments, (input) => {
        const text = commentMarkdown(input);
        expect(text.length).toBeLessThanOrEqual(65_000);
        const [first = ""] = text.split("\n");
        expect(first).toMatch(
          /^<!-- waybill:plan v1 id=[A-Za-z0-9._-]{1,64} head=\S+ base=\S+ digest=\S+ -->$/,
        );
        expect(first).toContain(HEAD);
        expect(text.split("<!-- waybill:plan")).toHaveLength(2);
      }),
      { numRuns: 100 },
    );
  });

  it("a summary stays balanced", () => {
    fc.assert(
      fc.property(comments, ({ report }) => checkMarkdown(stepSummary(report))),
      { numRuns: 100 },
    );
  });

  it("a summary keeps to 900 KiB, verdict first, and says that it was cut", () => {
    const actions = Array.from({ length: 6_000 }, (_, at) =>
      action({
        artifact: `payments/service-${at}`,
        version: `v${at}.0.0`,
        digest: digestOf(`d${at}`),
      }),
    );
    const blocked = actions.map(({ artifact, version }) =>
      blockedItem({ artifact, version, reason: "é".repeat(500) }),
    );
    const text = stepSummary(exampleReport({ plan: planWith(actions, { blocked }) }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900 * 1024);
    expect(text).toMatch(/^⛔ \*\*Refused as it stands\.\*\* To do: 6000 copies/);
    expect(text).toContain("This summary is cut");
  });

  it("annotations are one line each, at most ten, and their properties are the runner's own", () => {
    const diagnostics = fc.array(
      fc.record({
        file: foreign,
        line: fc.nat(),
        column: fc.nat(),
        code: foreign,
        severity: fc.constantFrom<Diagnostic["severity"]>("error", "warning"),
        message: foreign,
        hint: foreign,
      }),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(diagnostics, (items) => {
        const lines = diagnosticsCommands(items).split("\n");
        expect(lines.pop()).toBe("");
        expect(lines).toHaveLength(Math.min(10, items.length));
        for (const line of lines)
          expect(line).toMatch(
            /^::(?:error|warning) file=[^,:\r\n]*,line=\d+,col=\d+,title=[^,:\r\n]*::[^\r\n]*$/,
          );
        const errors = items.filter(({ severity }) => severity === "error").length;
        expect(lines.filter((line) => line.startsWith("::error"))).toHaveLength(
          Math.min(10, errors),
        );
      }),
    );
  });

  it("a failure is one command, and other text none", () => {
    fc.assert(
      fc.property(foreign, foreign, (text, hint) => {
        expect(failureCommand(text, hint)).toMatch(/^::error title=waybill::[^\r\n]*\n$/);
        for (const line of withoutCommands(`${text}\n${hint}`).split("\n")) {
          expect(line.trimStart().startsWith("::")).toBe(false);
          expect(line).not.toContain("##[");
        }
      }),
    );
  });
});

describe("outputs", () => {
  it("are written so that no value can add another", () => {
    const delimiter = "waybill-0123456789abcdef";
    expect(outputLines(new Map([["result", "a\nb"]]), delimiter)).toBe(
      `result<<${delimiter}\na\nb\n${delimiter}\n`,
    );
    expect(() => outputLines(new Map([["result", `x\n${delimiter}`]]), delimiter)).toThrow(
      RangeError,
    );
    expect(() => outputLines(new Map([["result", "x"]]), "EOF")).toThrow(RangeError);
    expect(() => outputLines(new Map([["a<<b", "x"]]), delimiter)).toThrow(RangeError);
  });

  it("count actions, and those that take away", () => {
    expect(Object.fromEntries(checkOutputs(exampleReport()))).toMatchObject({
      result: "blocked",
      changes: "8",
      destructive: "2",
    });
    expect(
      Object.fromEntries(checkOutputs(exampleReport({ result: "invalid", plan: undefined }))),
    ).toEqual({ result: "invalid", "plan-digest": "", changes: "0", destructive: "0" });
  });
});
