import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import type { Fault } from "./fault.ts";
import type { RequestRecord } from "./log.ts";

/** An answer changed by a fault; connection faults change nothing here. */
export function spoil(answer: Answer, fault: Fault | undefined): Answer {
  switch (fault?.kind) {
    case "answer": {
      const body = Buffer.from(fault.body ?? "");
      const headers = { "Content-Length": String(body.length), ...fault.headers };
      return { status: fault.status, headers, body };
    }
    case "shorten":
      return resized(answer, answer.body.subarray(0, fault.to));
    case "lengthen":
      return resized(answer, Buffer.concat([answer.body, Buffer.alloc(fault.by, "x")]));
    case "corrupt":
      return { ...answer, body: flipped(answer.body, fault.at ?? answer.body.length - 1) };
    case "headers":
      return { ...answer, headers: replaced(answer.headers, fault.set) };
    case "body": {
      const type = fault.contentType === undefined ? {} : { "Content-Type": fault.contentType };
      return resized(
        { ...answer, headers: replaced(answer.headers, type) },
        Buffer.from(fault.bytes),
      );
    }
    case "call":
    case "delay":
    case "die":
    case "drop":
    case "drop-after":
    case "hang":
    case "partial":
    case "slow":
    case "stall":
    case "truncate":
    case undefined:
      return answer;
  }
}

function resized(answer: Answer, body: Buffer): Answer {
  const headers = replaced(answer.headers, { "Content-Length": String(body.length) });
  return { ...answer, headers, body };
}

function flipped(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body);
  const byte = copy[at];
  if (byte !== undefined) {
    copy[at] = byte ^ 0xff;
  }
  return copy;
}

function replaced(
  headers: Answer["headers"],
  set: Readonly<Record<string, string | undefined>>,
): Answer["headers"] {
  const names = new Set(Object.keys(set).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase()));
  const added = Object.entries(set).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries([...kept, ...added]);
}

function honestLength({ status, headers, body }: Answer): boolean {
  const [, told] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length") ?? [];
  return status === 304 || told === undefined || Number(told) === body.length;
}

async function write(response: ServerResponse, record: RequestRecord, part: Buffer): Promise<void> {
  record.bytesOut += part.length;
  if (part.length > 0 && !response.write(part) && !response.destroyed) {
    await Promise.race([once(response, "drain"), once(response, "close")]);
  }
}

async function cut(response: ServerResponse, record: RequestRecord, part: Buffer): Promise<void> {
  record.bytesOut += part.length;
  // Wait for the bytes to reach the kernel: the client must see them before the cut.
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.write(part, () => {
      resolve();
    });
  });
  response.socket?.destroySoon();
}

async function trickle(
  response: ServerResponse,
  record: RequestRecord,
  { body, bytesPerSecond }: { body: Buffer; bytesPerSecond: number },
): Promise<void> {
  const step = Math.max(1, Math.floor(bytesPerSecond / 20));
  for (let at = 0; at < body.length && !response.destroyed; at += step) {
    await write(response, record, body.subarray(at, at + step));
    await sleep(50);
  }
  response.end();
}

/** Writes the answer, with the faults that are about the connection. */
export async function deliver(
  response: ServerResponse,
  record: RequestRecord,
  { answer, fault }: { answer: Answer; fault: Fault | undefined },
): Promise<void> {
  const body = record.method === "HEAD" ? Buffer.alloc(0) : answer.body;
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => [name, typeof value === "string" ? value : [...value]] as const,
  );
  record.status = answer.status;
  response.writeHead(answer.status, Object.fromEntries(headers));
  switch (fault?.kind) {
    case "stall":
      response.flushHeaders();
      await write(response, record, body.subarray(0, fault.after ?? 0));
      await once(response, "close");
      return;
    case "truncate":
      response.flushHeaders();
      await cut(response, record, body.subarray(0, fault.after));
      return;
    case "slow":
      await trickle(response, record, { body, bytesPerSecond: fault.bytesPerSecond });
      return;
    case "answer":
    case "body":
    case "call":
    case "corrupt":
    case "delay":
    case "die":
    case "drop":
    case "drop-after":
    case "hang":
    case "headers":
    case "lengthen":
    case "partial":
    case "shorten":
    case undefined:
      if (record.method !== "HEAD" && !honestLength(answer)) {
        // As a server does that cannot keep its word: the client sees the end too early.
        await cut(response, record, body);
        return;
      }
      record.bytesOut += body.length;
      response.end(body);
      if (!response.writableFinished && !response.destroyed) {
        await Promise.race([once(response, "finish"), once(response, "close")]);
      }
  }
}
