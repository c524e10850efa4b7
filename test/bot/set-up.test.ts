import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EVENTS } from "../../src/bot/hint.ts";
import { FakeGitHub } from "../support/github/index.ts";
import {
  BOT_PERMISSIONS,
  postDelivery,
  requestPayload,
  RunningBot,
  serverEnv,
  stateFolder,
} from "./running-bot.ts";

const URL_OF_BOT = "https://waybill.example.com";

let github: FakeGitHub;
let state: ReturnType<typeof stateFolder>;
let bot: RunningBot;

beforeEach(async () => {
  github = await FakeGitHub.start();
  state = stateFolder();
  bot = await RunningBot.start(state.path, serverEnv(github), ["--url", URL_OF_BOT]);
});
afterEach(async () => {
  await bot[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  expect(github.violations).toEqual([]);
});

/** The page that the bot's log tells its operator to open, as it is reached here. */
async function setUpAddress(): Promise<string> {
  while (!bot.lines.join("").includes("/setup?word=")) await new Promise(setImmediate);
  const [, path = ""] =
    /open https:\/\/waybill\.example\.com(\/setup\?\S+)/.exec(bot.lines.join("")) ?? [];
  return `${bot.origin}${path}`;
}

interface Form {
  readonly action: URL;
  readonly manifest: Readonly<Record<string, unknown>>;
}

async function openForm(): Promise<Form> {
  const answer = await fetch(await setUpAddress());
  const html = await answer.text();
  const [, action = ""] = /<form action="([^"]+)" method="post">/.exec(html) ?? [];
  const [, value = ""] = /name="manifest" value="([^"]+)"/.exec(html) ?? [];
  expect(answer.headers.get("content-security-policy")).toContain(`form-action ${github.origin};`);
  const manifest = JSON.parse(value.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
  return { action: new URL(action.replaceAll("&amp;", "&")), manifest };
}

function callback(query: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${bot.origin}/setup/callback?${new URLSearchParams(query).toString()}`);
}

describe("the set-up of the App", { timeout: 30_000 }, () => {
  it("makes it in one click, and the bot works as it from then on and after a restart", async () => {
    const { action, manifest } = await openForm();
    expect(action.origin + action.pathname).toBe(`${github.origin}/settings/apps/new`);
    expect(manifest).toMatchObject({
      public: false,
      hook_attributes: { url: `${URL_OF_BOT}/webhook`, active: true },
      redirect_url: `${URL_OF_BOT}/setup/callback`,
      default_permissions: { ...BOT_PERMISSIONS, metadata: "read" },
    });
    const code = github.agreeToManifest("acme-waybill", BOT_PERMISSIONS);
    const secret = github.manifests.get(code)?.webhookSecret ?? "";
    const asked = action.searchParams.get("state") ?? "";
    const done = await callback({ code, state: asked });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain("The App is made");
    const delivery = { secret, payload: requestPayload(github, 1) };
    expect((await bot.post(delivery)).status).toBe(202);
    expect((await fetch(await setUpAddress())).status).toBe(404);
    expect(await bot.stop()).toBe(0);
    await using again = await RunningBot.start(state.path, serverEnv(github));
    expect((await postDelivery(again.origin, { ...delivery, id: "another" })).status).toBe(202);
  });

  it("threat 18: asks for no right to push, merge, deploy or administer", async () => {
    const { manifest } = await openForm();
    const rights = Object.entries(manifest["default_permissions"] ?? {});
    const writes = rights.filter(([, level]) => level !== "read").map(([name]) => name);
    expect(writes.toSorted()).toEqual(["checks", "pull_requests"]);
    const events = [...EVENTS].filter((event) => !event.startsWith("installation"));
    expect(manifest["default_events"]).toEqual(events);
  });

  it("threat 21: keeps what GitHub handed out in files of its user's alone, and tells it nobody", async () => {
    const { action } = await openForm();
    const code = github.agreeToManifest("acme-waybill", BOT_PERMISSIONS);
    const made = github.manifests.get(code);
    const page = await callback({ code, state: action.searchParams.get("state") ?? "" });
    const folder = join(state.path, "app");
    expect(readdirSync(folder).toSorted()).toEqual(["app-id", "private-key.pem", "webhook-secret"]);
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, "private-key.pem"), "utf8")).toBe(made?.pem);
    const told = `${bot.lines.join("")}${await page.text()}${await bot.metrics()}`;
    for (const secret of ["PRIVATE KEY", made?.webhookSecret ?? "?", code])
      expect(told).not.toContain(secret);
  });

  it.for<readonly [string, () => Promise<Response>, number]>([
    ["nobody who was not told the word", () => fetch(`${bot.origin}/setup?word=guess`), 403],
    ["nobody without a word", () => fetch(`${bot.origin}/setup`), 403],
    ["no code that was not asked for", () => callback({ code: "abc", state: "guess" }), 403],
    ["no code without a state", () => callback({ code: "abc" }), 403],
  ])("threat 9: lets %s choose whose App the bot is", async ([, ask, status]) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("<form");
    expect(github.count("apps/create-from-manifest")).toBe(0);
  });

  it("may be begun again where GitHub does not know the code", async () => {
    const { action } = await openForm();
    const query = { state: action.searchParams.get("state") ?? "" };
    const answer = await callback({ ...query, code: "nothing" });
    expect(answer.status).toBe(502);
    const again = await openForm();
    const code = github.agreeToManifest("acme-waybill", BOT_PERMISSIONS);
    const done = await callback({ code, state: again.action.searchParams.get("state") ?? "" });
    expect(done.status).toBe(200);
  });

  it("takes no delivery before it is done, and says that it is not ready", async () => {
    expect((await bot.post({})).status).toBe(503);
    expect(await (await fetch(`${bot.origin}/healthz`)).json()).toEqual({
      status: "ok",
      ready: false,
    });
  });
});

describe("a bot that cannot begin", { timeout: 30_000 }, () => {
  it.for<readonly [string, Readonly<Record<string, string>>, readonly string[], string]>([
    ["no App and no address", {}, [], "--url"],
    ["half an App", { WAYBILL_GITHUB_APP_ID: "7" }, [], "WAYBILL_GITHUB_APP_KEY"],
    [
      "a key that is none",
      {
        WAYBILL_GITHUB_APP_ID: "7",
        WAYBILL_GITHUB_APP_KEY: "hush",
        WAYBILL_GITHUB_WEBHOOK_SECRET: "s",
      },
      [],
      "no private key in PEM",
    ],
    [
      "a key's file that is not there",
      {
        WAYBILL_GITHUB_APP_ID: "7",
        WAYBILL_GITHUB_APP_KEY: "file:/nowhere",
        WAYBILL_GITHUB_WEBHOOK_SECRET: "s",
      },
      [],
      "ENOENT",
    ],
    ["a port that is none", {}, ["--port", "http"], "--port http"],
    ["a repository that is none", {}, ["--repository", "../.."], "OWNER/NAME"],
  ])("says so for %s, and exits 2", async ([, env, args, says]) => {
    using other = stateFolder();
    const all = { ...serverEnv(github), ...env };
    await expect(RunningBot.start(other.path, all, args)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^exit 2: /) }),
    );
    await expect(RunningBot.start(other.path, all, args)).rejects.toThrow(says);
  });
});
