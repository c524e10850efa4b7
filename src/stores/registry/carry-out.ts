import { afterAnswer } from "./after-answer.ts";
import { outageError } from "./http/call-errors.ts";
import type { Exchange } from "./http/exchange.ts";
import { sendTry, type Sent } from "./http/send.ts";
import { depart, type Departure, type Journey, type Next } from "./journey.ts";
import { backoff, mayRetry } from "./retry.ts";

/** Tries of a call that a host did not answer at all. */
const UNANSWERED_TRIES = 3;

/** Carries one call out: login, pace, tries, until it has an answer that its caller understands; rejects otherwise. */
export async function carryOut(departure: Departure): Promise<Exchange> {
  const { line, interrupt } = departure;
  // A stream's source may be of the same host, and would then wait for a meeting that waits for it.
  const streams = departure.request.body?.kind === "stream";
  const endMeeting = streams || line.meeting === "over" ? undefined : await meet(departure);
  try {
    const journey = depart(departure);
    for (;;) {
      const { outage } = line.patience;
      if (outage !== undefined) throw outageError(journey.request, line.endpoint.host, outage);
      const next = await oneTry(journey);
      if (next.kind === "done") return next.exchange;
      if (interrupt.error !== undefined) throw interrupt.error;
      if (next.kind === "failed") throw next.error;
      if (next.afterMs > 0) await interrupt.sleep(next.afterMs);
    }
  } finally {
    endMeeting?.();
  }
}

/** Waits until somebody has met the host, or is the one who does; what is returned ends the meeting. */
async function meet({ line, interrupt }: Departure): Promise<(() => void) | undefined> {
  while (typeof line.meeting === "object") await interrupt.race(line.meeting);
  if (line.meeting === "over") return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  line.meeting = promise;
  return () => {
    if (line.meeting === promise) line.meeting = "due";
    resolve();
  };
}

async function oneTry(journey: Journey): Promise<Next> {
  const { line, request, interrupt } = journey;
  const ahead = journey.authorization ?? line.auth.header(journey.need);
  const authorization = typeof ahead === "object" ? await interrupt.race(ahead) : ahead;
  await takeTurn(journey);
  journey.tries += 1;
  journey.authorization = undefined;
  const sentAt = line.now();
  const { metadataMs, blobMs } = line.rules;
  interrupt.deadline = sentAt + (request.lane === "metadata" ? metadataMs : blobMs);
  const { endpoint, pools } = line;
  const sent = await sendTry({ request, endpoint, pools, interrupt, authorization });
  if (sent.kind === "failed") return afterFailure(journey, sent, sentAt);
  return afterAnswer(journey, { ...sent, sentAt, authorization });
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

/** No answer: once more where that is safe and there is hope, else the error; and the host may be given up for a while. */
function afterFailure(
  journey: Journey,
  { error, fault }: Sent & { readonly kind: "failed" },
  sentAt: number,
): Next {
  const { line } = journey;
  line.pace.failed();
  journey.failedAt ??= sentAt;
  if (fault === undefined) return { kind: "failed", error };
  const unanswered = !fault.connected || fault.code === "timeout";
  const tries = unanswered ? Math.min(UNANSWERED_TRIES, line.rules.tries) : line.rules.tries;
  if (fault.lasts === "moment" && mayRetry(journey, tries))
    return { kind: "again", afterMs: backoff(journey) };
  if (fault.code !== "digest-mismatch") line.patience.giveUp(fault, !fault.connected);
  return { kind: "failed", error };
}
