import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addBotApp,
  requestPayload,
  RunningBot,
  SECRET,
  stateFolder,
  type Delivery,
} from "../bot/running-bot.ts";
import { FakeGitHub } from "../support/github/index.ts";

let github: FakeGitHub;
let bot: RunningBot;
let state: ReturnType<typeof stateFolder>;

beforeAll(async () => {
  github = await FakeGitHub.start();
  state = stateFolder();
  bot = await RunningBot.start(state.path, addBotApp(github).env);
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  await github[Symbol.asyncDispose]();
});

function signed(body: string | Uint8Array, algorithm = "sha256", secret = SECRET): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;
}

/** How much of what came in was taken for work. */
function accepted(): Promise<number> {
  return bot.metric('waybill_bot_deliveries_total{event="pull_request",status="202"}');
}

describe("threat 9: a webhook that GitHub did not send", { timeout: 60_000 }, () => {
  const body = JSON.stringify({ action: "opened", number: 1 });
  const header = "x-hub-signature-256";
  it.for<readonly [string, Delivery]>([
    ["another secret", { body, secret: "guess" }],
    ["no secret at all", { body, secret: "" }],
    ["no signature", { body, headers: { [header]: undefined } }],
    ["the older SHA-1 signature alone", { body, headers: { [header]: signed(body, "sha1") } }],
    ["a signature of other bytes", { body, headers: { [header]: signed(`${body} `) } }],
    ["a signature cut short", { body, headers: { [header]: signed(body).slice(0, 40) } }],
    ["an empty signature", { body, headers: { [header]: "sha256=" } }],
    ["two signatures", { body, headers: { [header]: `${signed("x")}, ${signed(body)}` } }],
    [
      "bytes that are no text, signed as the text",
      { body: new Uint8Array([0xff, 0xfe]), headers: { [header]: signed("\ufffd\ufffd") } },
    ],
  ])("with %s is 401, and starts nothing", async ([, delivery]) => {
    const before = await accepted();
    const answer = await bot.post({ event: "pull_request", ...delivery });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(SECRET);
    expect(await accepted()).toBe(before);
    expect(github.requests.filter(({ operation }) => operation.startsWith("pulls/"))).toEqual([]);
  });

  it("of GitHub itself is taken, so that the others were refused for their signature", async () => {
    const before = await accepted();
    const answer = await bot.post({ payload: requestPayload(github, 1) });
    expect(answer.status).toBe(202);
    expect(await accepted()).toBe(before + 1);
  });

  it("is refused by its size before it is read, however it is signed", async () => {
    const huge = Buffer.alloc(26 * 1024 * 1024, "x");
    const answer = await bot.post({ body: huge }).catch((error: unknown) => error);
    if (answer instanceof Response) expect(answer.status).toBe(413);
    else expect(answer).toBeInstanceOf(TypeError);
    expect((await fetch(`${bot.origin}/healthz`)).status).toBe(200);
  });

  it("with a true signature is believed in nothing but whom to ask about", async () => {
    const asked = github.requests.length;
    const payload = {
      action: "opened",
      repository: { full_name: "../../etc", html_url: "https://evil.example.com/x" },
      pull_request: { number: "1; id" },
    };
    const other = { ...requestPayload(github, 1), repository: { full_name: "evil/other" } };
    for (const each of [payload, other]) {
      const answer = await bot.post({ payload: each, id: randomUUID() });
      expect(answer.status).toBe(202);
    }
    await bot.idle();
    const about = github.requests.slice(asked).filter(({ path }) => path.includes("/evil/"));
    expect(about.filter(({ status }) => status < 400)).toEqual([]);
    expect(bot.lines.join("")).not.toContain("; id");
  });
});
