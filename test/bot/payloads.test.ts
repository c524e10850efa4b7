import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVENTS, readHint } from "../../src/bot/hint.ts";
import { FakeGitHub } from "../support/github/index.ts";
import { addBotApp, RunningBot, stateFolder } from "./running-bot.ts";

interface Example {
  readonly event: string;
  readonly text: string;
}

const published: readonly { readonly name: string; readonly examples: readonly object[] }[] =
  JSON.parse(
    readFileSync(
      fileURLToPath(import.meta.resolve("@octokit/webhooks-examples/api.github.com/index.json")),
      "utf8",
    ),
  );
const examples: readonly Example[] = published.flatMap(({ name: event, examples: payloads }) =>
  payloads.map((payload) => ({ event, text: JSON.stringify(payload) })),
);

let github: FakeGitHub;
let bot: RunningBot;
const state = stateFolder();

beforeAll(async () => {
  github = await FakeGitHub.start();
  await github.push({ branch: "main", by: "alice", files: { "README.md": "x" } });
  bot = await RunningBot.start(state.path, addBotApp(github).env);
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  expect(github.violations).toEqual([]);
});

/** As if the example came from the fake, and was about a repository that the App is in. */
function athome(text: string): string {
  return text
    .replaceAll("https://github.com", github.origin)
    .replaceAll(/"full_name":"[^"]+"/g, '"full_name":"acme/promotions"');
}

describe("GitHub's own example payloads", { timeout: 120_000 }, () => {
  it("are the 329 that were published", () => {
    expect(examples.length).toBe(329);
  });

  it.for<readonly [string, (text: string) => string]>([
    ["as they are", (text) => text],
    ["as ours", athome],
    [
      "cut in half, as JSON that is all the same",
      (text) => JSON.stringify({ half: text.slice(0, text.length / 2) }),
    ],
  ])("are each answered 202, and no job fails: %s", async ([, change]) => {
    const answers = await Promise.all(
      examples.map(async ({ event, text }) => {
        const answer = await bot.post({ event, body: change(text) });
        return { event, text: text.slice(0, 80), status: answer.status };
      }),
    );
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    await bot.idle();
    const said = bot.lines.join("");
    for (const word of ["given up", "failed", "again in"]) expect(said).not.toContain(word);
  });

  it("did set off work, so that this does not pass on nothing", async () => {
    const kinds = ["request", "closed", "pushed", "removed"];
    for (const kind of kinds) {
      const metrics = await bot.metrics();
      expect(metrics).toMatch(
        new RegExp(`waybill_bot_jobs_total\\{kind="${kind}",outcome="\\w+"\\} [1-9]`),
      );
    }
  });

  it("may have anything in any place of them: nothing is thrown", () => {
    const scope = { appId: "1", server: "https://github.com", repositories: undefined };
    const event = fc.constantFrom(...EVENTS);
    fc.assert(
      fc.property(event, fc.constantFrom(...examples), fc.jsonValue(), fc.nat(), (...drawn) => {
        const [name, { text }, junk, at] = drawn;
        const payload: unknown = JSON.parse(text, (key, value: unknown) =>
          key.length > 0 && (key.length * 7 + at) % 13 === 0 ? junk : value,
        );
        expect(["work", "ignored"]).toContain(readHint(name, payload, scope).kind);
        expect(["work", "ignored"]).toContain(readHint(name, junk, scope).kind);
      }),
      { numRuns: 300 },
    );
  });
});
