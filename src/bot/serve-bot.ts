import { setTimeout as sleep } from "node:timers/promises";
import type { InstalledApp } from "#app";
import { plain } from "#report";
import { createAcceptor, type Answer, type Incoming } from "./accept.ts";
import { BotError } from "./bot-error.ts";
import { EVENTS } from "./hint.ts";
import { openJournal, type Journal } from "./journal.ts";
import { listen } from "./listen.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createSetUp, type SetUp } from "./set-up.ts";
import { findCredentials, type Environment } from "./settings.ts";
import { keepCredentials, lockState, openStateFolder, type Credentials } from "./state-folder.ts";
import { doJob } from "./work.ts";
import { createWorkQueue, type WorkQueue } from "./work-queue.ts";

/** What `waybill bot` is asked. */
export interface BotOptions {
  /** A folder of the bot's own, on a disk that stays. */
  readonly state: string;
  readonly host: string;
  readonly port: number;
  readonly appId: string | undefined;
  /** Where GitHub reaches the bot; only the set-up asks for it. */
  readonly url: string | undefined;
  readonly organization: string | undefined;
  /** `OWNER/NAME`; none: every repository that the App is installed in. */
  readonly repositories: readonly string[];
  readonly env: Environment;
  readonly now: () => Date;
  readonly toolVersion: string;
  /** One line at a time, for people. */
  readonly log: (line: string) => void;
}

const REPOSITORIES_AT_ONCE = 4;
const JOB_MS = 15 * 60_000;
const RETRY_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000];
/** What runs when the bot is told to stop has this long to end by itself. */
export const GRACE_MS = 8_000;
const SWEEP_MS = 15 * 60_000;
/** A delivery may have been on its way when the last one came in. */
const OVERLAP_MS = 60 * 60_000;
const FIRST_SWEEP_MS = 24 * 60 * 60_000;

/**
 * Serves until the signal: takes GitHub's deliveries, keeps them, and does what each asks for (issue 6 §6). It plans,
 * comments and checks; what was merged is applied by whoever applies, and never by this.
 * @throws {BotError}
 */
export async function serveBot(options: BotOptions, signal: AbortSignal): Promise<void> {
  const { state } = options;
  await openStateFolder(state);
  const lock = await lockState(state);
  try {
    await serveIn({ ...options, log: (line) => options.log(plain(line)) }, signal);
  } finally {
    await lock.release();
  }
}

async function serveIn(options: BotOptions, signal: AbortSignal): Promise<void> {
  const { state, log } = options;
  const { clearTrees, serverOf } = await import("#app");
  await clearTrees(state);
  const credentials = await findCredentials(options);
  const { server } = await serverOf(options.env);
  const journal = await openJournal(state);
  const shared = { ...options, server, journal, metrics: createMetrics() };
  const door: { live: Live | undefined; setUp: SetUp | undefined } = {
    live: credentials && (await goLive(shared, credentials)),
    setUp: undefined,
  };
  if (credentials === undefined) {
    door.setUp = await beginSetUp(shared, async (made) => {
      await keepCredentials(state, made);
      door.live = await goLive(shared, made);
      door.setUp = undefined;
      log(`set up as App ${made.appId}`);
    });
  }
  const listening = await listen(options, {
    accept: () => door.live?.accept,
    setUp: () => door.setUp,
    metrics: () => metricsText(shared, door.live),
    answered: (seconds) => shared.metrics.answered(seconds),
    log,
  });
  log(`listening on ${listening.origin}`);
  if (door.setUp !== undefined) log(`there is no App yet: open ${door.setUp.address}`);
  await aborted(signal);
  log("stopping");
  // What comes in while jobs end is still taken, and left in the journal.
  await Promise.all([listening.close(), door.live?.stop()]);
  await journal.close();
  log(`stopped; ${journal.pending.size} left for the next start`);
}

interface Shared extends BotOptions {
  readonly server: string;
  readonly journal: Journal;
  readonly metrics: Metrics;
}

/** A bot that is an App. */
interface Live {
  readonly accept: (incoming: Incoming) => Promise<Answer>;
  readonly queue: WorkQueue;
  stop(): Promise<void>;
}

async function goLive(shared: Shared, credentials: Credentials): Promise<Live> {
  const { openInstalledApp } = await import("#app");
  const { journal, metrics, env, log, now, server } = shared;
  const { appId, privateKey, webhookSecret } = credentials;
  const app = await openInstalledApp({ appId, privateKey, env });
  const queue = createWorkQueue({
    journal,
    metrics,
    work: (job, signal) => doJob({ ...shared, app }, job, signal),
    atOnce: REPOSITORIES_AT_ONCE,
    jobMs: JOB_MS,
    retryMs: RETRY_MS,
    log,
  });
  for (const delivery of journal.pending.values()) queue.add(delivery);
  const sweeping = new AbortController();
  const sweeps = sweepUntil({ shared, app }, sweeping.signal);
  return {
    queue,
    accept: createAcceptor({
      webhookSecret,
      scope: { appId, server, repositories: scopeOf(shared) },
      journal,
      metrics,
      queue,
      installationsChanged: () => app.forget(),
      now,
    }),
    async stop() {
      sweeping.abort();
      await Promise.all([queue.stop(GRACE_MS), sweeps]);
    },
  };
}

function scopeOf({ repositories }: BotOptions): ReadonlySet<string> | undefined {
  if (repositories.length === 0) return undefined;
  return new Set(repositories.map((name) => name.toLowerCase()));
}

interface Sweeping {
  readonly shared: Shared;
  readonly app: InstalledApp;
}

/** Asks for what was not heard, at the start and from time to time: GitHub repeats nothing by itself. */
async function sweepUntil(sweeping: Sweeping, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sweep(sweeping, signal);
    await sleep(SWEEP_MS, undefined, { signal, ref: false }).catch(ignoreAbort);
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}

async function sweep({ shared, app }: Sweeping, signal: AbortSignal): Promise<void> {
  const { journal, metrics, now, log } = shared;
  const { askAgain } = await import("#app");
  const newest = journal.newest;
  const back = newest === undefined ? now().getTime() - FIRST_SWEEP_MS : newest - OVERLAP_MS;
  const request = {
    app,
    since: new Date(back),
    taken: (guid: string) => journal.has(guid),
    events: EVENTS,
  };
  try {
    const asked = await askAgain(request, signal);
    for (let each = 0; each < asked; each += 1) metrics.count("waybill_bot_redeliveries");
    if (asked > 0) log(`asked GitHub for ${asked} deliveries again`);
  } catch (error) {
    if (signal.aborted) return;
    log(`missed deliveries could not be asked for: ${error instanceof Error ? error.message : ""}`);
  }
}

async function beginSetUp(
  { url, organization, server, env }: Shared,
  use: (credentials: Credentials) => Promise<void>,
): Promise<SetUp> {
  const parsed = url === undefined ? null : URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new BotError("settings", "There is no App yet, and no address to set it up by.", {
      hint: "give --url https://HOST, where GitHub reaches the bot, or an App: WAYBILL_GITHUB_APP_ID and its key and secret",
    });
  const { makeApp } = await import("#app");
  return createSetUp({
    url: parsed.href.replace(/\/+$/, ""),
    server,
    organization,
    convert: (code) => makeApp({ env, code }, AbortSignal.timeout(60_000)),
    use,
  });
}

function metricsText({ metrics, journal }: Shared, live: Live | undefined): string {
  const pending = journal.pending.size;
  return metrics.text({ pending, running: live?.queue.running ?? 0, ready: live !== undefined });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
