import type { HostAuth, Lesson } from "./auth/host-auth.ts";
import type { RegistryCall } from "./call.ts";
import type { Endpoint } from "./endpoint.ts";
import { outageError, statusError, type Refusal } from "./http/call-errors.ts";
import type { Exchange } from "./http/exchange.ts";
import type { Interrupt } from "./http/interrupt.ts";
import type { NetworkFault } from "./http/network-fault.ts";
import type { Pools } from "./http/pool.ts";
import { sendTry, type Sent } from "./http/send.ts";
import type { Lane, Lanes } from "./limits/lanes.ts";
import type { Pace } from "./limits/pace.ts";
import type { Patience } from "./limits/patience.ts";
import { retryAfter } from "./limits/retry-after.ts";
import type { RetryRules } from "./transport-settings.ts";

/** Everything that the calls to one host share. */
export interface Line {
  readonly endpoint: Endpoint;
  readonly pools: Pools;
  readonly auth: HostAuth;
  readonly lanes: Lanes;
  readonly pace: Pace;
  readonly patience: Patience;
  readonly rules: RetryRules;
  readonly now: () => number;
  /** Told each Warning header. */
  readonly warn: (text: string) => void;
  /** Until the host's first answer one call goes alone: what it learns of logging in spares the others a 401 each. */
  meeting: "due" | "over" | Promise<void>;
}

/** One call on its way. */
export interface Journey {
  readonly line: Line;
  readonly request: RegistryCall;
  readonly lane: Lane;
  readonly interrupt: Interrupt;
}

interface Counts {
  tries: number;
  refusals: number;
  lessons: number;
  /** When the first try failed. */
  failedAt: number | undefined;
}

/** What to do after a try. */
type Next =
  | { readonly kind: "done"; readonly exchange: Exchange }
  | { readonly kind: "again"; readonly afterMs: number; readonly authorization?: string }
  | { readonly kind: "failed"; readonly error: Error };

/** Carries one call out: login, pace, tries, until it has an answer that its caller understands; rejects otherwise. */
export async function carryOut(journey: Journey): Promise<Exchange> {
  const { line, interrupt } = journey;
  const over = line.meeting === "over" ? undefined : await meet(journey);
  try {
    const counts: Counts = { tries: 0, refusals: 0, lessons: 0, failedAt: undefined };
    let authorization: string | undefined;
    for (;;) {
      const outage = line.patience.outage;
      if (outage !== undefined) throw outageError(journey.request, line.endpoint.host, outage);
      const next = await oneTry(journey, counts, authorization);
      if (next.kind === "done") return next.exchange;
      if (interrupt.error !== undefined) throw interrupt.error;
      if (next.kind === "failed") throw next.error;
      if (next.afterMs > 0) await interrupt.sleep(next.afterMs);
      authorization = next.authorization;
    }
  } finally {
    over?.();
  }
}

/** Waits until somebody has met the host, or is the one who does; the answer ends the meeting. */
async function meet({ line, interrupt }: Journey): Promise<(() => void) | undefined> {
  while (line.meeting !== "over" && line.meeting !== "due") await interrupt.race(line.meeting);
  if (line.meeting === "over") return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  line.meeting = promise;
  return () => {
    if (line.meeting === promise) line.meeting = "due";
    resolve();
  };
}

async function oneTry(
  journey: Journey,
  counts: Counts,
  learned: string | undefined,
): Promise<Next> {
  const { line, request, interrupt } = journey;
  const need = needOf(journey);
  const ahead = learned ?? line.auth.header(need);
  const authorization = typeof ahead === "object" ? await interrupt.race(ahead) : ahead;
  await takeTurn(journey);
  counts.tries += 1;
  const sentAt = line.now();
  interrupt.deadline =
    sentAt + (request.lane === "metadata" ? line.rules.metadataMs : line.rules.blobMs);
  const { endpoint, pools } = line;
  const sent = await sendTry({ request, endpoint, pools, interrupt, authorization });
  if (sent.kind === "failed") return afterFailure(journey, counts, sent);
  return afterAnswer(journey, counts, { ...sent, sentAt, authorization });
}

async function takeTurn({ line, interrupt }: Journey): Promise<void> {
  const wait = line.pace.take();
  if (wait === undefined) return;
  try {
    await interrupt.race(wait.turn);
  } catch (error) {
    wait.leave();
    throw error;
  }
}

function afterFailure(
  journey: Journey,
  counts: Counts,
  { error, fault }: Sent & { kind: "failed" },
): Next {
  const { line } = journey;
  line.pace.failed();
  if (fault === undefined) return { kind: "failed", error };
  const tries = fault.connected && fault.code !== "timeout" ? line.rules.tries : 3;
  if (fault.lasts === "moment" && mayRetry(journey, counts, Math.min(tries, line.rules.tries)))
    return { kind: "again", afterMs: backoff(journey, counts) };
  if (!fault.connected || fault.lasts === "lasting") giveUpOn(line, fault);
  return { kind: "failed", error };
}

function giveUpOn(line: Line, fault: NetworkFault): void {
  if (fault.code === "digest-mismatch") return;
  line.patience.giveUp({ code: fault.code, clause: fault.clause, hint: fault.hint });
}

interface Answered {
  readonly exchange: Exchange;
  readonly home: boolean;
  readonly sentAt: number;
  readonly authorization: string | undefined;
}

function afterAnswer(journey: Journey, counts: Counts, answered: Answered): Next | Promise<Next> {
  const { line, request, lane } = journey;
  const { exchange, home } = answered;
  for (const text of exchange.headerLines("warning")) line.warn(text);
  if (exchange.status === 429) return afterRefusal(journey, counts, answered);
  line.pace.answered();
  if (home && asksForLogin(exchange)) return afterUnauthorized(journey, counts, answered);
  line.meeting = "over";
  if (isPassing(exchange.status)) return afterOverload(journey, counts, answered);
  line.patience.earn();
  line.lanes.answeredWell(lane);
  if (request.accept.includes(exchange.status) && mayAccept(journey, answered))
    return { kind: "done", exchange };
  return home ? refuse(journey, { exchange }) : refuseAway(journey, exchange);
}

/** Storage that a blob's registry sent us to does not speak for the registry: what it lacks is not thereby absent. */
function mayAccept({ request }: Journey, { exchange, home }: Answered): boolean {
  return home || exchange.status < 400 || exchange.status === 416 || request.lane === "metadata";
}

function refuseAway(journey: Journey, exchange: Exchange): Promise<Next> {
  const elsewhere = exchange.url.host;
  return refuse(journey, {
    exchange,
    why: `it sent us to ${elsewhere}, whose answer this is; no credentials are sent there`,
    retryable: true,
  });
}

function asksForLogin(exchange: Exchange): boolean {
  if (exchange.status === 401) return true;
  return (
    exchange.status === 403 &&
    (exchange.header("www-authenticate") ?? "").includes("insufficient_scope")
  );
}

async function afterUnauthorized(
  journey: Journey,
  counts: Counts,
  { exchange, authorization }: Answered,
): Promise<Next> {
  const { line, request, interrupt } = journey;
  const need = needOf(journey);
  counts.lessons += 1;
  counts.tries -= 1;
  if (counts.lessons > 2) {
    line.meeting = "over";
    return refuse(journey, { exchange, hint: await line.auth.hint(need.path) });
  }
  const lines = exchange.headerLines("www-authenticate");
  const lesson: Lesson = await interrupt.race(
    line.auth.learn({ lines, asked: exchange.url, sent: authorization }, need),
  );
  line.meeting = "over";
  interrupt.use((error) => exchange.abort(error));
  if (lesson.kind === "hopeless")
    return refuse(journey, { exchange, why: lesson.why, hint: lesson.hint });
  if (request.body?.kind === "stream") return refuse(journey, { exchange, retryable: true });
  await exchange.discard();
  return { kind: "again", afterMs: 0, authorization: lesson.authorization };
}

/** 429: the whole host slows down, and this call takes its place again where the wait is bearable. */
async function afterRefusal(
  journey: Journey,
  counts: Counts,
  { exchange, sentAt }: Answered,
): Promise<Next> {
  const { line, request } = journey;
  const wait = retryAfter(exchange.header("retry-after"), Date.now());
  const bearable = wait === undefined || wait <= line.rules.longestWaitMs;
  if (line.pace.refused(sentAt, bearable ? wait : undefined)) line.lanes.halve();
  line.meeting = "over";
  counts.refusals += 1;
  counts.tries -= 1;
  const again = bearable && counts.refusals < line.rules.refusals;
  if (again && request.body?.kind !== "stream") {
    await exchange.discard();
    return { kind: "again", afterMs: 0 };
  }
  const why = bearable ? undefined : `it wants us to wait ${Math.ceil((wait ?? 0) / 1000)} s`;
  if (!again) line.patience.giveUp(outageOf(why));
  return refuse(journey, { exchange, why });
}

function outageOf(why: string | undefined): Parameters<Patience["giveUp"]>[0] {
  return {
    code: "rate-limited",
    clause: `answered 429, too many requests${why === undefined ? "" : `: ${why}`}`,
    hint: "run again later, or set requestsPerSecond for it in policies/registries.yaml",
  };
}

/** 5xx and 408: this call waits and tries again; 503 is the host's word that it has too much to do. */
async function afterOverload(
  journey: Journey,
  counts: Counts,
  { exchange }: Answered,
): Promise<Next> {
  const { line, request } = journey;
  const wait = retryAfter(exchange.header("retry-after"), Date.now());
  if (exchange.status === 503) line.lanes.halve();
  const bearable = wait === undefined || wait <= line.rules.longestWaitMs;
  if (bearable && wait !== undefined) line.pace.pause(wait);
  if (request.accept.includes(exchange.status)) return { kind: "done", exchange };
  if (!bearable || !mayRetry(journey, counts, line.rules.tries))
    return refuse(journey, { exchange });
  await exchange.discard();
  return { kind: "again", afterMs: wait === undefined ? backoff(journey, counts) : 0 };
}

async function refuse(journey: Journey, refusal: Omit<Refusal, "host">): Promise<Next> {
  const host = journey.line.endpoint.host;
  return { kind: "failed", error: await statusError(journey.request, { host, ...refusal }) };
}

/** Server errors that may pass; "not implemented" and "version not supported" do not. */
function isPassing(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

/** Whether one more try is safe (it may have had its effect), in time, and within this call's and the host's budget. */
function mayRetry(journey: Journey, counts: Counts, tries: number): boolean {
  const { line, request } = journey;
  const now = line.now();
  counts.failedAt ??= now;
  if (counts.tries >= tries || now - counts.failedAt > line.rules.totalMs) return false;
  return isReplayable(request) && line.patience.spend();
}

/** A second PATCH would append twice; a stream was read. A second upload start merely leaves one behind. */
function isReplayable({ method, body }: RegistryCall): boolean {
  return method !== "PATCH" && body?.kind !== "stream";
}

function backoff({ line }: Journey, counts: Counts): number {
  return line.rules.backoffMs * 2 ** (counts.tries - 1) * (0.5 + Math.random());
}

function needOf({ request }: Journey): Parameters<HostAuth["header"]>[0] {
  const slash = request.repository.indexOf("/");
  return { path: request.repository.slice(slash + 1), scopes: request.scopes };
}
