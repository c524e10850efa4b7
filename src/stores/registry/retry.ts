import type { RegistryCall } from "./call.ts";
import type { Journey } from "./journey.ts";

/** Whether one more try is safe (this one may have had its effect), in time, and within this call's and the host's budget. */
export function mayRetry(journey: Journey, tries: number): boolean {
  const { line, request } = journey;
  const now = line.now();
  journey.failedAt ??= now;
  if (journey.tries >= tries || now - journey.failedAt > line.rules.totalMs) return false;
  return isReplayable(request) && line.patience.spend();
}

/** A second PATCH would append twice; a stream was read. A second upload start merely leaves one behind. */
function isReplayable({ method, body }: RegistryCall): boolean {
  return method !== "PATCH" && body?.kind !== "stream";
}

/** Milliseconds before the next try: doubled each time, with jitter of a half either way. */
export function backoff({ line, tries }: Journey): number {
  return line.rules.backoffMs * 2 ** (tries - 1) * (0.5 + Math.random());
}
