import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../support/forge-workspace.ts";
import { image, seed } from "../support/images.ts";
import { promotion, versionLine } from "../support/workspace.ts";
import { addBotApp, RunningBot, SECRET, stateFolder, type BotApp } from "./running-bot.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));

let workspace: ForgeWorkspace;
let bot: RunningBot;
let made: BotApp;
let state: ReturnType<typeof stateFolder>;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  seed(workspace.source.repository("staging/api"), app);
  made = addBotApp(workspace.github);
  state = stateFolder();
  bot = await RunningBot.start(state.path, made.env);
  workspace.github.webhook = { url: `${bot.origin}/webhook`, secret: SECRET };
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace.github.settled();
  await bot[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function settled(): Promise<void> {
  await workspace.github.settled();
  await bot.idle();
}

describe("a pull request under the bot", { timeout: 60_000 }, () => {
  it("004-12 gets both checks of the App and one comment, with nobody's Actions", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checks()).toMatchObject([
      { name: "waybill / plan", commit, conclusion: "success", app: { slug: "waybill-bot" } },
      { name: "waybill / approval", commit, conclusion: "action_required" },
    ]);
    const [body = "", ...others] = comments();
    expect(others).toEqual([]);
    expect(body).toMatch(new RegExp(`^<!-- waybill:plan v1 id=bot head=${commit} `));
    expect(body).toContain("payments/api");
  });
});

function checks(): readonly object[] {
  return [...workspace.github.repository().checks.values()];
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}
