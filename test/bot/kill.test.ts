import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundled } from "../support/bundle.ts";
import { FakeGitHub } from "../support/github/index.ts";
import { BotProcess, freePort, type BotPlace } from "./bot-process.ts";
import { addBotApp, pause, SECRET, stateFolder } from "./running-bot.ts";

const DELIVERIES = 60;

let github: FakeGitHub;
let env: Readonly<Record<string, string>>;
let state: ReturnType<typeof stateFolder>;
let place: BotPlace;

beforeEach(async () => {
  github = await FakeGitHub.start();
  ({ env } = addBotApp(github));
  state = stateFolder();
  place = { state: state.path, port: await freePort(), program: bundled("waybill") };
  github.webhook = { url: `http://127.0.0.1:${place.port}/webhook`, secret: SECRET };
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  expect(github.violations).toEqual([]);
});

/** GitHub tells of so many pull requests; each that is handled is asked for by its number. */
function tell(count: number, from = 1): void {
  for (let number = from; number < from + count; number += 1) {
    github.emit("pull_request", {
      action: "opened",
      number,
      pull_request: { number, base: { ref: "main" } },
      repository: github.repository(),
      sender: github.account("bob"),
    });
  }
}

function handled(): ReadonlySet<number> {
  return new Set(github.requests.flatMap(({ about }) => about ?? []));
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !what(); tries += 1) await pause(20);
}

async function pending(origin: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^waybill_bot_pending (\d+)$/m.exec(text)?.[1]);
}

describe("a bot that is killed", { timeout: 90_000 }, () => {
  it("001-23 does after its restart what it had answered for, and asks for what it missed", async () => {
    const first = await BotProcess.start(place, env);
    tell(DELIVERIES);
    await until(() => handled().size >= 5);
    await first.end("SIGKILL");
    await github.settled();
    // While nobody listens, GitHub goes on telling.
    tell(10, DELIVERIES + 1);
    await github.settled();
    const answered = github.deliveries.filter(({ status }) => status === 202).length;
    expect(handled().size).toBeLessThan(DELIVERIES + 10);
    await using second = await BotProcess.start(place, env);
    await until(() => handled().size === DELIVERIES + 10);
    await github.settled();
    while ((await pending(second.origin)) > 0) await pause(20);
    expect([...handled()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: DELIVERIES + 10 }, (_, index) => index + 1),
    );
    // What was answered was not asked of GitHub again.
    const again = github.deliveries.filter(({ redelivery }) => redelivery).length;
    expect(again).toBe(DELIVERIES + 10 - answered);
  });
});

describe("a bot that is told to stop", { timeout: 90_000 }, () => {
  it("takes nothing more, leaves what waits in its journal, and ends with 0", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const met = Promise.withResolvers<void>();
    github.fault({ on: "graphql/repository.pullRequest", until: promise, met: met.resolve });
    const first = await BotProcess.start(place, env);
    tell(20);
    await Promise.all([github.settled(), met.promise]);
    const ending = first.end("SIGTERM");
    await until(() => first.said.includes("stopping"));
    await expect(fetch(`${first.origin}/healthz`)).rejects.toThrow("fetch failed");
    resolve();
    expect(await ending).toBe(0);
    expect(first.said).toMatch(/stopping\nstopped; 19 left for the next start\n$/);
    await using second = await BotProcess.start(place, env);
    while ((await pending(second.origin)) > 0) await pause(20);
    expect(handled().size).toBe(20);
  });

  it("has its folder for itself, and lets go of it", async () => {
    const other = { ...place, port: await freePort() };
    await using first = await BotProcess.start(place, env);
    await expect(BotProcess.start(other, env)).rejects.toThrow("Another bot works in");
    await first.end("SIGKILL");
    await using second = await BotProcess.start(other, env);
    expect(await second.end("SIGTERM")).toBe(0);
  });
});
