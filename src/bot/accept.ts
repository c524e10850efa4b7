import { Webhooks } from "@octokit/webhooks";
import { EVENTS, readHint, type Scope } from "./hint.ts";
import type { Journal } from "./journal.ts";
import type { Metrics } from "./metrics.ts";
import type { WorkQueue } from "./work-queue.ts";

/** A delivery as it came in: nothing of it is believed yet. */
export interface Incoming {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that were signed. */
  readonly body: Uint8Array;
}

/** What to answer, and what to do then. */
export interface Answer {
  readonly status: 202 | 400 | 401 | 415 | 503;
  readonly message: string;
}

export interface Accepting {
  readonly webhookSecret: string;
  readonly scope: Scope;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly queue: Pick<WorkQueue, "add">;
  /** Called where GitHub says that installations changed. */
  readonly installationsChanged: () => void;
  readonly now: () => Date;
}

/** GitHub's are UUIDs; what becomes a line of our journal is no longer than one needs. */
const DELIVERY = /^[A-Za-z0-9-]{1,64}$/;
const EVENT = /^[a-z0-9_]{1,64}$/;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * Takes deliveries: the signature of the raw bytes first, before anything of them is read (threat 9), each identity once
 * (threat 10), and an answer only when what it asks for is on the disk.
 */
export function createAcceptor(accepting: Accepting): (incoming: Incoming) => Promise<Answer> {
  const webhooks = new Webhooks({ secret: accepting.webhookSecret, log: SILENT });
  return async (incoming) => {
    const { answer, event } = await accept({ ...accepting, webhooks }, incoming);
    const label = EVENTS.has(event) ? event : "other";
    const { metrics } = accepting;
    metrics.count("waybill_bot_deliveries", { event: label, status: String(answer.status) });
    return answer;
  };
}

interface Answered {
  readonly answer: Answer;
  readonly event: string;
}

async function accept(
  accepting: Accepting & { readonly webhooks: Webhooks },
  { headers, body }: Incoming,
): Promise<Answered> {
  const signature = headerOf(headers, "x-hub-signature-256");
  // Bytes that are no UTF-8 are no JSON, and their text would be signed otherwise than they were.
  const text = textOf(body);
  const isSigned =
    SIGNATURE.test(signature) &&
    text !== undefined &&
    text !== "" &&
    (await accepting.webhooks.verify(text, signature));
  if (!isSigned) return say(401, "The signature is missing or wrong.");
  const event = headerOf(headers, "x-github-event");
  const id = headerOf(headers, "x-github-delivery");
  if (!EVENT.test(event)) return say(400, "X-GitHub-Event is missing.");
  if (!DELIVERY.test(id)) return say(400, "X-GitHub-Delivery is missing.", event);
  if (!/^application\/json\b/i.test(headerOf(headers, "content-type")))
    return say(415, "Set the webhook's content type to application/json.", event);
  const payload = jsonIn(text);
  if (payload === undefined) return say(400, "The body is no JSON object.", event);
  return { answer: await take(accepting, { id, event, payload }), event };
}

interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly payload: unknown;
}

async function take(accepting: Accepting, { id, event, payload }: Delivery): Promise<Answer> {
  const { journal, metrics, queue, scope, now } = accepting;
  if (event.startsWith("installation")) accepting.installationsChanged();
  const read = readHint(event, payload, scope);
  if (read.kind === "ignored") {
    metrics.count("waybill_bot_ignored", { reason: read.reason });
    return { status: 202, message: `ignored: ${read.reason}` };
  }
  const delivery = { id, at: now().getTime(), hints: read.hints };
  switch (await journal.accept(delivery)) {
    case "accepted":
      queue.add(delivery);
      return { status: 202, message: "accepted" };
    case "again":
      metrics.count("waybill_bot_ignored", { reason: "seen" });
      return { status: 202, message: "seen before" };
    case "full":
      return { status: 503, message: "Too much waits; GitHub is asked for this again later." };
  }
}

function say(status: Answer["status"], message: string, event = ""): Answered {
  return { answer: { status, message }, event };
}

function headerOf(headers: Incoming["headers"], name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function jsonIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What goes wrong is answered and counted; the library's log lines hold whole payloads. */
function ignore(): void {}
