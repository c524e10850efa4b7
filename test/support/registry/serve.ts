import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { textAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import { deliver, spoil } from "./deliver.ts";
import { dispatch, tooMany } from "./dispatch.ts";
import type { Fault } from "./fault.ts";
import type { RequestRecord } from "./log.ts";
import { receive } from "./receive.ts";

/** node:http's two halves of an exchange. */
export interface Messages {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What serving one request needs to know. */
export interface Serving {
  readonly context: Context;
  readonly fault: Fault | undefined;
  /** Requests under way, this one among them. */
  readonly inFlight: number;
  /** Takes the whole registry away, for the `die` fault. */
  readonly stop: () => Promise<void>;
}

/** Faults that come before the request is looked at; true where that is the end of it. */
async function interrupted(
  { fault, stop }: Serving,
  record: RequestRecord,
  { request, response }: Messages,
): Promise<boolean> {
  if (fault?.kind === "drop") {
    request.socket.destroy();
    return true;
  }
  if (fault?.kind === "die") {
    await stop();
    return true;
  }
  if (fault?.kind === "hang") {
    request.resume();
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
    });
    return true;
  }
  if (fault?.kind === "delay") {
    await sleep(fault.ms);
  }
  if (fault?.kind === "call") {
    await fault.run(record);
  }
  return response.destroyed;
}

async function trueAnswer(
  { context, fault, inFlight }: Serving,
  record: RequestRecord,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  if (fault?.kind === "answer") {
    return textAnswer(fault.status, "");
  }
  if (inFlight > (context.behaviour.maxInFlight ?? Infinity)) {
    return tooMany(context);
  }
  const keep = fault?.kind === "partial" ? fault.keep : Infinity;
  const exchange: Exchange = { record, body: () => receive(request, record, keep) };
  const answer = await dispatch(context, exchange);
  if (fault?.kind !== "partial" || fault.outcome === "drop") {
    return answer;
  }
  return answer ?? textAnswer(fault.outcome, "");
}

/** Answers one request, or fails it as its fault says. */
export async function serve(
  serving: Serving,
  record: RequestRecord,
  messages: Messages,
): Promise<void> {
  const { fault } = serving;
  record.fault = fault?.kind;
  if (await interrupted(serving, record, messages)) {
    return;
  }
  const answer = await trueAnswer(serving, record, messages.request);
  if (answer === undefined || fault?.kind === "drop-after") {
    messages.response.destroy();
    return;
  }
  await deliver(messages.response, record, { answer: spoil(answer, fault), fault });
}
