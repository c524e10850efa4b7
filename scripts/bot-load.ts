/**
 * `npm run bench:bot`: 1,000 deliveries at 50 a second to a `waybill bot` that is killed half-way and started again, as a
 * supervisor would (issue 6, show 4). Prints how long GitHub would have waited for its answers, and fails where a
 * delivery was lost. GitHub and the registries are the tests' doubles on this machine; the bot is a process of its own.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BotProcess, freePort } from "../test/bot/bot-process.ts";
import { addBotApp, postDelivery, requestPayload, SECRET } from "../test/bot/running-bot.ts";
import { ForgeWorkspace } from "../test/support/forge-workspace.ts";
import { image, seed } from "../test/support/images.ts";
import { promotion, versionLine } from "../test/support/workspace.ts";

const DELIVERIES = 1_000;
const A_SECOND = 50;
/** Every so many is about a pull request that is open, so that real plans are made meanwhile. */
const OPEN_EVERY = 25;
const OPEN_REQUESTS = 4;
const WAIT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), "waybill-load-"));
await using workspace = await ForgeWorkspace.open();
const { github } = workspace;
const open = await openRequests();
const { env } = addBotApp(github);
const place = { state: folder, port: await freePort() };
github.webhook = { url: `http://127.0.0.1:${place.port}/webhook`, secret: SECRET };
let bot = await BotProcess.start(place, env);
try {
  const answers = await tell();
  await settle();
  report(answers);
} finally {
  await bot.end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

interface Answer {
  readonly ms: number;
  readonly status: number;
}

async function openRequests(): Promise<readonly number[]> {
  const app = image({ seed: "app" });
  seed(workspace.source.repository("staging/api"), app);
  const numbers: number[] = [];
  for (let n = 1; n <= OPEN_REQUESTS; n += 1) {
    const text = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
    const files = {
      [`promotions/payments/api${n}.yaml`]: text.replace("name: api", `name: api${n}`),
    };
    numbers.push(await workspace.propose(files, { branch: `change-${n}` }));
  }
  return numbers;
}

/** Posts at an even pace, whatever the answers take, and kills the bot in the middle. */
async function tell(): Promise<readonly Answer[]> {
  const began = performance.now();
  const posts: Promise<Answer | undefined>[] = [];
  let restarted: Promise<BotProcess> | undefined;
  for (let n = 0; n < DELIVERIES; n += 1) {
    await sleep(Math.max(0, began + (n * 1000) / A_SECOND - performance.now()));
    if (n === DELIVERIES / 2) restarted = restart();
    posts.push(post(n));
  }
  if (restarted !== undefined) bot = await restarted;
  const answers = await Promise.all(posts);
  return answers.filter((answer) => answer !== undefined);
}

async function restart(): Promise<BotProcess> {
  await bot.end("SIGKILL");
  return BotProcess.start(place, env);
}

/** One delivery, in GitHub's own list of what it told; undefined where nobody answered. */
async function post(n: number): Promise<Answer | undefined> {
  const isOpen = n % OPEN_EVERY === 0;
  const number = isOpen ? (open[(n / OPEN_EVERY) % open.length] ?? 0) : 10_000 + n;
  const payload = requestPayload(github, number, "synchronize");
  const guid = randomUUID();
  const event = "pull_request";
  const told = {
    id: github.nextId(),
    guid,
    event,
    at: github.time(),
    redelivery: false,
    status: 0,
  };
  const delivery = { ...told, payload: { ...payload } };
  github.deliveries.push(delivery);
  const began = performance.now();
  try {
    const { status } = await postDelivery(`http://127.0.0.1:${place.port}`, {
      event,
      id: guid,
      payload,
    });
    delivery.status = status;
    return { ms: performance.now() - began, status };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    delivery.status = 502;
    return undefined;
  }
}

/** Waits until every pull request was looked at, and nothing is left in the journal. */
async function settle(): Promise<void> {
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until && (missing().length > 0 || (await pending()) > 0))
    await sleep(250);
}

function missing(): readonly number[] {
  const looked = new Set(github.requests.flatMap(({ about }) => about ?? []));
  const told = Array.from({ length: DELIVERIES }, (_, n) => n)
    .filter((n) => n % OPEN_EVERY !== 0)
    .map((n) => 10_000 + n);
  return [...told, ...open].filter((number) => !looked.has(number));
}

async function pending(): Promise<number> {
  const text = await (await fetch(`${bot.origin}/metrics`)).text();
  return Number(/^waybill_bot_pending (\d+)$/m.exec(text)?.[1]);
}

function report(answers: readonly Answer[]): void {
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const lost = missing();
  const again = github.deliveries.filter(({ redelivery }) => redelivery).length;
  const taken = answers.filter(({ status }) => status === 202).length;
  const checks = [...github.repository().checks.values()].filter(({ conclusion }) => conclusion);
  const [load = 0] = loadavg();
  const lines = [
    `${DELIVERIES} deliveries at ${A_SECOND}/s, one kill and restart, ${cpus().length} cores, load ${load.toFixed(1)}`,
    `answered ${answers.length} (202: ${taken}); not answered while the bot was away: ${DELIVERIES - answers.length}; asked of GitHub again: ${again}`,
    `looked at all but ${lost.length}; checks written meanwhile: ${checks.length}`,
    `answer: p50 ${at(times, 0.5)} ms, p95 ${at(times, 0.95)} ms, p99 ${at(times, 0.99)} ms, longest ${at(times, 1)} ms`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (lost.length > 0 || github.violations.length > 0) process.exitCode = 1;
  for (const violation of github.violations) process.stderr.write(`${violation}\n`);
}

function at(times: readonly number[], share: number): string {
  const index = Math.min(times.length - 1, Math.floor(times.length * share));
  return (times[index] ?? 0).toFixed(1);
}
