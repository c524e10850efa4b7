import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlanStatement } from "#model";
import { bodyHash, statementText } from "#policy";
import type { Forge } from "#scm";
import { statementInCheck, statementsInChecks } from "../../../src/app/pr/statement-in-check.ts";
import { action } from "../../support/actions.ts";
import { openForge } from "../../support/github/forge.ts";
import { FakeGitHub } from "../../support/github/index.ts";
import { digestOf } from "../../support/state.ts";

const NAME = "waybill / plan";
const { signal } = new AbortController();

let github: FakeGitHub;
let forge: Forge;
let head = "";
let app = 0;

beforeEach(async () => {
  github = await FakeGitHub.start();
  head = await github.push({ branch: "main", files: { "README.md": "x" }, by: "alice" });
  const bot = github.addApp({ slug: "waybill", permissions: { checks: "write" } });
  app = bot.id;
  forge = await openForge(github, github.installationToken(bot));
});
afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** A statement with so many actions, none of which has anything in common with another but its form. */
function statement(actions: number): PlanStatement {
  return {
    pr: 7,
    head,
    base: head,
    planDigest: digestOf("plan"),
    actionKeys: Array.from({ length: actions }, () =>
      action({ digest: digestOf(randomBytes(8).toString("hex")) }),
    ).map(({ op, artifact, version, digest, channel, site, to, tag, expect: was }) => ({
      op,
      artifact,
      version,
      digest,
      channel,
      site,
      to,
      tag,
      expect: was,
    })),
    bodyHash: bodyHash(""),
    at: "2026-11-21T11:00:00Z",
    runId: "local",
  };
}

async function said(text: string | undefined): Promise<readonly PlanStatement[]> {
  const output = { title: "Plan", summary: "s", ...(text !== undefined && { text }) };
  const check = {
    commit: head,
    name: NAME,
    externalId: "1",
    conclusion: "success",
    output,
  } as const;
  await forge.checks.create(check, signal);
  return statementsInChecks({ forge, head, name: NAME, app }, signal);
}

describe("000-11 a statement in a check run", () => {
  it.for<readonly [number, string]>([
    [0, "```json"],
    [100, "```json"],
    [600, "```waybill-statement"],
  ])(
    "of %i actions is read back as it was, at the time that the forge says",
    async ([count, fence]) => {
      const made = statement(count);
      const text = statementInCheck(statementText(made)) ?? "";
      expect(text.startsWith(`${fence}\n`)).toBe(true);
      const [found, ...others] = await said(text);
      expect(others).toEqual([]);
      expect(found).toEqual({ ...made, at: expect.not.stringMatching(/^2026-11-21T11:00:00Z$/) });
    },
  );

  it("that does not fit is none, and not the half of one", () => {
    expect(statementInCheck(statementText(statement(5_000)))).toBeUndefined();
  });

  it.for<readonly [string, (text: string) => string]>([
    ["no statement", () => "hello"],
    ["a packed one that is cut off", (text) => `${text.slice(0, text.length / 2)}\n\`\`\``],
    ["a bomb", () => packed(Buffer.alloc(40 * 1024 * 1024))],
    ["packed bytes that are no statement", () => packed(Buffer.from("{}"))],
    ["words around one", (text) => `Look:\n${text}`],
  ])("is not read from %s", async ([, edit]) => {
    const text = statementInCheck(statementText(statement(600))) ?? "";
    expect(await said(edit(text))).toEqual([]);
  });
});

function packed(bytes: Buffer): string {
  return `\`\`\`waybill-statement\n${deflateRawSync(bytes).toString("base64")}\n\`\`\``;
}
