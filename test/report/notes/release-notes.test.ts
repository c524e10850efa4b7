import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Digest, MergedBetween, MergedChange, ReleaseNotes } from "#model";
import { notesDocument, notesMarkdown, notesText } from "#report";
import { sortNotes } from "../../../src/report/notes/sections.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as Digest;
const URL_OF = "https://github.com/acme/api";

function change(more: Partial<MergedChange> = {}): MergedChange {
  return {
    number: 7,
    title: "Faster",
    body: "",
    labels: [],
    author: "bob",
    mergedAt: "2026-11-01T00:00:00Z",
    ...more,
  };
}

function notes(merged: readonly MergedChange[], more: Partial<MergedBetween> = {}): ReleaseNotes {
  return {
    artifact: "payments/api",
    version: "v1.4.2",
    digest: DIGEST,
    channel: "prod",
    against: "v1.4.1",
    source: {
      url: URL_OF,
      from: "1111111",
      to: "2222222",
      compareUrl: `${URL_OF}/compare/1111111...2222222`,
      platforms: ["linux/amd64"],
    },
    changes: { kind: "read", relation: "ahead", commits: 2, merged, isWhole: true, ...more },
  };
}

describe("002-23 sections of release notes", () => {
  it.for<readonly [string, Partial<MergedChange>, string]>([
    ["a label", { labels: ["security"] }, "security"],
    ["a label with a prefix", { labels: ["kind/Breaking Change"] }, "breaking"],
    ["a label with a colon", { labels: ["type: migration"] }, "schema"],
    ["a trailer", { body: "What.\n\nUpgrade: run the job first" }, "upgrade"],
    ["a trailer in the middle, with CRLF", { body: "a\r\nSchema: adds a column\r\nb" }, "schema"],
    ["a trailer in capitals", { body: "BREAKING CHANGE: no more XML" }, "breaking"],
    ["the mark in a title", { title: "feat(api)!: no more XML" }, "breaking"],
  ])("come from %s", ([, more, section]) => {
    const { sections, others } = sortNotes([change(more)]);
    const filled = Object.entries(sections).filter(([, entries]) => entries.length > 0);
    expect(filled.map(([name]) => name)).toEqual([section]);
    expect(others).toEqual([]);
  });

  it("say what the trailer says, and one pull request may be in several", () => {
    const body = "Upgrade: restart\nSecurity: CVE-2026-1\nSecurity: CVE-2026-2";
    const { sections } = sortNotes([change({ body, labels: ["security"] })]);
    expect(sections.upgrade.map(({ text }) => text)).toEqual(["restart"]);
    expect(sections.security.map(({ text }) => text)).toEqual(["CVE-2026-1", "CVE-2026-2"]);
  });

  it.for<readonly [string, Partial<MergedChange>]>([
    ["fenced code", { body: "```\nBreaking: an example\n```" }],
    ["a word that is no trailer", { body: "Note: this\nconstructor: x" }],
    ["a label of an object's own", { labels: ["constructor", "__proto__"] }],
    ["a trailer without text", { body: "Breaking:\n" }],
  ])("do not come from %s", ([, more]) => {
    expect(sortNotes([change(more)]).others).toHaveLength(1);
  });

  it("002-63 what testers should try is a list of its own, beside the rest", () => {
    const { tries, others } = sortNotes([
      change({ body: "Try: pay with a card of 2031" }),
      change({ number: 8, labels: ["needs-testing"] }),
    ]);
    expect(tries.map(({ text }) => text)).toEqual(["pay with a card of 2031", undefined]);
    expect(others).toHaveLength(2);
  });
});

describe("002-23 release notes", () => {
  it("are told in Markdown, in text and as a document", () => {
    const told = notes([
      change({ title: "No more XML", body: "Breaking: use JSON\nTry: old clients" }),
      change({ number: 8 }),
    ]);
    expect(notesMarkdown(told)).toBe(
      [
        "### Release notes: `payments/api` `v1.4.2`",
        "",
        `Since \`v1.4.1\`, the version in \`prod\` before it: [2 merged pull requests](${URL_OF}/compare/1111111...2222222).`,
        "",
        `\`${DIGEST}\`, made from [\`2222222\`](${URL_OF}/commit/2222222), for \`linux/amd64\``,
        "",
        "**What to try**",
        "",
        `- [ ] No more XML ([no. 7](${URL_OF}/pull/7), bob): old clients`,
        "",
        "**Breaking**",
        "",
        `- No more XML ([no. 7](${URL_OF}/pull/7), bob): use JSON`,
        "",
        "**Merged**",
        "",
        `- Faster ([no. 8](${URL_OF}/pull/8), bob)`,
        "",
      ].join("\n"),
    );
    expect(notesText(told)).toContain("breaking  #7 No more XML: use JSON\n");
    expect(notesDocument(told)).toMatchObject({
      read: true,
      schema: "waybill.dev/release-notes/v1",
      sections: {
        breaking: [{ number: 7, title: "No more XML", text: "use JSON" }],
        security: [],
        schema: [],
        upgrade: [],
      },
      tries: [{ number: 7, text: "old clients" }],
      others: [{ number: 8, title: "Faster" }],
      source: { repository: URL_OF, from: "1111111", to: "2222222" },
    });
  });

  it("say why nothing was read, with the place to compare", () => {
    const unread: ReleaseNotes = {
      ...notes([]),
      changes: { kind: "unread", why: "It is private." },
    };
    expect(notesMarkdown(unread)).toContain(
      `[Compare the sources](${URL_OF}/compare/1111111...2222222): It is private.`,
    );
    expect(notesDocument(unread)).toMatchObject({ read: false, why: "It is private." });
    expect(notesText(unread)).toContain("It is private.");
  });

  it.for<readonly [Partial<MergedBetween>, string]>([
    [{ relation: "behind" }, "taken back"],
    [{ relation: "diverged" }, "commits that this one lacks"],
    [{ relation: "identical" }, "same commit"],
    [{ isWhole: false, commits: 2000 }, "2000 commits, and only the oldest"],
  ])("warn of %o", ([more, says]) => {
    expect(notesMarkdown(notes([], more))).toContain(says);
    expect(notesText(notes([], more))).toContain(says);
  });

  it("004-02 threat 17: hold no markup, mention, fence or link of what others wrote", () => {
    const hostile = fc.constantFrom(
      "```waybill-override\nlimit: remove\n```",
      "<!-- /waybill:edit -->",
      "<!-- waybill:plan v1 id=waybill head=a base=b digest=c -->",
      "@acme/admins please merge, closes #1",
      "[click](https://evil.example.com)",
      "</details><img src=x>",
      "~~~\n| a | b |",
      "\u202eabc\u0007",
    );
    const text = fc.oneof(hostile, fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(text, text, text, (title, body, label) => {
        const said = notesMarkdown(
          notes([change({ title, author: body, labels: [label], body: `Try: ${body}` })]),
        );
        expect(said).not.toMatch(/```|~~~|<|@(?!\u200b)|evil\.example\.com\)/);
        expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
        expect(said).not.toMatch(/\]\((?!https:\/\/github\.com\/acme\/api\/)/);
      }),
    );
  });

  it("002-65 fit into a bundle that is read back, whatever others wrote", () => {
    const body = ["Try", "Breaking", "Security", "Schema", "Upgrade"]
      .flatMap((key) =>
        Array.from({ length: 6 }, (_, at) => `${key}: ${at}${"\u6f22".repeat(900)}`),
      )
      .join("\n");
    const many = Array.from({ length: 400 }, (_, at) => [
      change({ number: at, title: "\ufffd".repeat(900), body }),
      change({ number: 1000 + at, title: '"'.repeat(900) }),
    ]).flat();
    const document = notesDocument(notes(many));
    expect(Buffer.byteLength(JSON.stringify(document)) * (4 / 3)).toBeLessThan(1_000_000);
    expect(document).toMatchObject({ counts: { merged: 800, breaking: 2000, others: 400 } });
  });

  it("keep to a size, and say what was left out", () => {
    const many = Array.from({ length: 900 }, (_, at) =>
      change({ number: at + 1, title: "x".repeat(400) }),
    );
    const said = notesMarkdown(notes(many));
    expect(said.length).toBeLessThanOrEqual(16_000);
    expect(said).toContain("left out for size");
  });
});
