import { statusError, type Refusal } from "./http/call-errors.ts";
import type { Exchange } from "./http/exchange.ts";
import type { Journey, Next } from "./journey.ts";
import { retryAfter } from "./limits/retry-after.ts";
import { backoff, mayRetry } from "./retry.ts";

/** An answer to one try. */
export interface Answered {
  readonly exchange: Exchange;
  /** From the registry itself, not from where it sent us. */
  readonly home: boolean;
  readonly sentAt: number;
  readonly authorization: string | undefined;
}

/** Refusals in a row, with nothing taken between them, after which the whole host is given up for a while. */
const HOPELESS_REFUSALS = 6;
/** Lessons of one call: how to log in, and once more where the registry wants more than we asked for. */
const MAX_LESSONS = 2;

/** Decides what an answer means: for this call, and for how the host is asked from now on. */
export function afterAnswer(journey: Journey, answered: Answered): Next | Promise<Next> {
  const { line, request } = journey;
  const { exchange, home } = answered;
  for (const text of exchange.headerLines("warning")) line.warn(text);
  if (exchange.status === 429) return afterRefusal(journey, answered);
  line.pace.answered();
  if (home && asksForLogin(exchange)) return afterUnauthorized(journey, answered);
  line.meeting = "over";
  if (isPassing(exchange.status)) return afterOverload(journey, answered);
  line.patience.earn();
  line.lanes.answeredWell(journey.lane);
  if (!request.accept.includes(exchange.status) || !mayAccept(journey, answered))
    return home ? refuse(journey, { exchange }) : refuseAway(journey, exchange);
  if (exchange.ended || request.lane === "blobs") return { kind: "done", exchange };
  return whenHere(journey, exchange);
}

/** A small body is waited for, so that one that breaks off is asked for again here and not by every caller. */
async function whenHere(journey: Journey, exchange: Exchange): Promise<Next> {
  const failure = await exchange.here();
  if (failure === undefined) return { kind: "done", exchange };
  if (journey.interrupt.error === undefined && mayRetry(journey, journey.line.rules.tries))
    return { kind: "again", afterMs: backoff(journey) };
  return { kind: "failed", error: failure };
}

/** Storage that a blob's registry sent us to does not speak for the registry: what it lacks is not thereby absent. */
function mayAccept({ request }: Journey, { exchange, home }: Answered): boolean {
  return home || exchange.status < 400 || exchange.status === 416 || request.lane === "metadata";
}

function asksForLogin(exchange: Exchange): boolean {
  if (exchange.status === 401) return true;
  const challenge = exchange.header("www-authenticate") ?? "";
  return exchange.status === 403 && challenge.includes("insufficient_scope");
}

/** 401: learns how to log in and tries again; ends when that has been tried, so no registry keeps us in a loop. */
async function afterUnauthorized(
  journey: Journey,
  { exchange, authorization }: Answered,
): Promise<Next> {
  const { line, request, interrupt, need } = journey;
  journey.lessons += 1;
  journey.tries -= 1;
  if (journey.lessons > MAX_LESSONS) {
    line.meeting = "over";
    return refuse(journey, { exchange, hint: await line.auth.hint(need.path) });
  }
  const lines = exchange.headerLines("www-authenticate");
  const refusal = { lines, asked: exchange.url, sent: authorization };
  const lesson = await interrupt.race(line.auth.learn(refusal, need));
  line.meeting = "over";
  interrupt.use((error) => exchange.abort(error));
  if (lesson.kind === "hopeless")
    return refuse(journey, { exchange, why: lesson.why, hint: lesson.hint });
  if (request.body?.kind === "stream") return refuse(journey, { exchange, retryable: true });
  await exchange.discard();
  journey.authorization = lesson.authorization;
  return { kind: "again", afterMs: 0 };
}

/** 429: the whole host slows down, and this call takes its place again where the wait is bearable. */
async function afterRefusal(journey: Journey, { exchange, sentAt }: Answered): Promise<Next> {
  const { line, request } = journey;
  const wait = retryAfter(exchange.header("retry-after"), Date.now());
  const bearable = wait === undefined || wait <= line.rules.longestWaitMs;
  line.pace.refused(sentAt, bearable ? wait : undefined);
  line.lanes.halve(sentAt);
  line.meeting = "over";
  journey.refusals += 1;
  journey.tries -= 1;
  const tired = !bearable || journey.refusals >= line.rules.refusals;
  if (!tired && request.body?.kind !== "stream") {
    await exchange.discard();
    return { kind: "again", afterMs: 0 };
  }
  const why = bearable ? undefined : `it wants us to wait ${Math.ceil((wait ?? 0) / 1000)} s`;
  const sure = !bearable || line.pace.refusalsInARow >= HOPELESS_REFUSALS;
  if (tired) line.patience.giveUp(tooMany(why), sure);
  return refuse(journey, { exchange, why });
}

function tooMany(why: string | undefined): Parameters<Journey["line"]["patience"]["giveUp"]>[0] {
  return {
    code: "rate-limited",
    clause: `answered 429, too many requests${why === undefined ? "" : `: ${why}`}`,
    hint: "run again later, or set requestsPerSecond for it in policies/registries.yaml",
  };
}

/** 5xx and 408: this call waits and tries again; 503 is the host's word that it has too much to do. */
async function afterOverload(journey: Journey, { exchange, sentAt }: Answered): Promise<Next> {
  const { line, request } = journey;
  const wait = retryAfter(exchange.header("retry-after"), Date.now());
  const bearable = wait === undefined || wait <= line.rules.longestWaitMs;
  if (exchange.status === 503) line.lanes.halve(sentAt);
  if (bearable && wait !== undefined) line.pace.pause(wait);
  if (request.accept.includes(exchange.status)) return { kind: "done", exchange };
  if (!bearable || !mayRetry(journey, line.rules.tries)) return refuse(journey, { exchange });
  await exchange.discard();
  return { kind: "again", afterMs: wait === undefined ? backoff(journey) : 0 };
}

/** Server errors that may pass; "not implemented" and "version not supported" do not. */
function isPassing(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

function refuseAway(journey: Journey, exchange: Exchange): Promise<Next> {
  return refuse(journey, {
    exchange,
    why: `it sent us to ${exchange.url.host}, whose answer this is; no credentials are sent there`,
    retryable: true,
  });
}

async function refuse(journey: Journey, refusal: Omit<Refusal, "host">): Promise<Next> {
  const { host } = journey.line.endpoint;
  return { kind: "failed", error: await statusError(journey.request, { host, ...refusal }) };
}
