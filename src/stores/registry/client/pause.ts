import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "../../store-error.ts";
import type { Client } from "./client.ts";

const FIRST_MS = 50;
const LONGEST_MS = 5_000;

/** Waits before try number `tries` + 1: doubling, with jitter, so that many do not come back at once. */
export async function pause(tries: number, client: Client, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
  try {
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StoreError({
      code: "interrupted",
      message: `the work on ${client.repository} was interrupted`,
      repository: client.repository,
      retryable: true,
      cause: error,
    });
  }
}
