import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGitHub } from "../support/github/index.ts";
import {
  addBotApp,
  requestPayload,
  RunningBot,
  stateFolder,
  type Delivery,
} from "./running-bot.ts";

let github: FakeGitHub;
let bot: RunningBot;
const state = stateFolder();

beforeAll(async () => {
  github = await FakeGitHub.start();
  bot = await RunningBot.start(state.path, addBotApp(github).env, [
    "--repository",
    "acme/promotions",
  ]);
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  expect(github.violations).toEqual([]);
});

/** How often a pull request was asked for, which is what a delivery about it sets off. */
function looks(): number {
  return github.requests.filter(({ operation }) => operation.startsWith("graphql")).length;
}

/** Everything that GitHub was asked, save what it told us: that is asked at each start. */
function asked(): number {
  return github.count() - github.count("apps/list-webhook-deliveries");
}

describe("the webhook", { timeout: 30_000 }, () => {
  it.for<readonly [string, Delivery, number]>([
    ["a wrong secret", { secret: "another" }, 401],
    ["no signature", { headers: { "x-hub-signature-256": undefined } }, 401],
    ["an old signature alone", { headers: { "x-hub-signature-256": "sha1=0" } }, 401],
    ["a signature of nothing", { headers: { "x-hub-signature-256": "sha256=" } }, 401],
    [
      "a signature of another body",
      { body: "{}", headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}` } },
      401,
    ],
    ["no body", { body: "" }, 401],
    ["a body that is no UTF-8", { body: Uint8Array.of(0x7b, 0xff, 0x7d) }, 401],
    ["no event", { headers: { "x-github-event": undefined } }, 400],
    ["an event that is no name", { event: "../../etc" }, 400],
    ["no delivery", { headers: { "x-github-delivery": undefined } }, 400],
    ["a delivery that is no name", { id: "a b" }, 400],
    ["a delivery as long as it likes", { id: "a".repeat(65) }, 400],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
    ["what is not JSON", { body: "{" }, 400],
    ["JSON that is no object", { body: "[1]" }, 400],
    ["an event that nobody listens to", { event: "star" }, 202],
    ["a ping", { event: "ping", payload: { zen: "Keep it logically awesome." } }, 202],
    ["a payload with nothing in it", { payload: {} }, 202],
  ])("threat 9: answers %s, and asks GitHub nothing", async ([, delivery, status]) => {
    const before = asked();
    const answer = await bot.post(delivery);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({ message: expect.any(String) });
    expect(await bot.metric("waybill_bot_pending")).toBe(0);
    expect(asked()).toBe(before);
  });

  it("threat 9: refuses more than GitHub sends before reading it, signed or not", async () => {
    const body = Buffer.alloc(25 * 1024 * 1024 + 1, "x");
    const answer = await bot.post({ body });
    expect(answer.status).toBe(413);
  });

  it.for(["GET", "PUT", "DELETE"])("takes no %s", async (method) => {
    const answer = await fetch(`${bot.origin}/webhook`, { method });
    expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({
      status: 405,
      allow: "POST",
    });
  });

  it("threat 10: takes a delivery once, however often and however fast it comes", async () => {
    const delivery = { id: randomUUID(), payload: requestPayload(github, 701) };
    const before = looks();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => bot.post(delivery)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    await bot.idle();
    expect(await (await bot.post(delivery)).json()).toEqual({ message: "seen before" });
    await bot.idle();
    expect(looks() - before).toBe(1);
  });

  it.for<readonly [string, object, string]>([
    [
      "another GitHub",
      { repository: repositoryOf("https://evil.example.com/acme/promotions") },
      "other-host",
    ],
    [
      "a repository that the operator did not name",
      { repository: { full_name: "acme/other" } },
      "other-repository",
    ],
    ["a repository whose name is a path", { repository: { full_name: "acme/.." } }, "shape"],
    ["another base", { pull_request: { number: 1, base: { ref: "release" } } }, "other-base"],
    ["what concerns nobody", { action: "labeled" }, "action"],
  ])("threat 9: ignores %s with a reason that is counted", async ([, change, reason]) => {
    const series = `waybill_bot_ignored_total{reason="${reason}"}`;
    const before = await bot.metric(series);
    const answer = await bot.post({ payload: { ...requestPayload(github, 1), ...change } });
    expect(await answer.json()).toEqual({ message: `ignored: ${reason}` });
    expect(await bot.metric(series)).toBe(before + 1);
  });

  it("says in a job's own count that there is no such pull request", async () => {
    const series = 'waybill_bot_ignored_total{reason="no-pull-request"}';
    const before = await bot.metric(series);
    await bot.post({ payload: requestPayload(github, 702) });
    await bot.idle();
    expect(await bot.metric(series)).toBe(before + 1);
  });

  it("has nothing at other addresses, and no set-up once there is an App", async () => {
    for (const path of ["/", "/setup", "/setup/callback?code=a&state=b", "/journal.ndjson"]) {
      expect((await fetch(`${bot.origin}${path}`)).status).toBe(404);
    }
  });
});

function repositoryOf(page: string): object {
  return { full_name: "acme/promotions", default_branch: "main", html_url: page };
}

describe("what the bot says of itself", { timeout: 30_000 }, () => {
  it("is well, and ready", async () => {
    const answer = await fetch(`${bot.origin}/healthz`);
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: { status: "ok", ready: true },
    });
  });

  it("is OpenMetrics text that ends as it must, with no word of a payload in it", async () => {
    await bot.post({ event: "something_new", payload: { action: "x" } });
    const answer = await fetch(`${bot.origin}/metrics`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1/);
    const text = await answer.text();
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text).toContain('waybill_bot_deliveries_total{event="other",status="202"}');
    expect(text).not.toContain("something_new");
    for (const line of text.split("\n").filter((each) => each !== ""))
      expect(line).toMatch(/^(?:# (?:TYPE|HELP|UNIT|EOF)|[a-z_]+(?:\{[^{}]*\})? -?[0-9.e+-]+$)/);
  });

  it("threat 21: writes no secret into its log", async () => {
    await bot.post({ secret: "another", payload: { token: "ghs_secret" } });
    const log = bot.lines.join("");
    for (const secret of ["ghs_", "PRIVATE KEY", "only GitHub and the bot"])
      expect(log).not.toContain(secret);
  });
});
