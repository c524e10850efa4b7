import type { InstalledApp } from "./installed.ts";

/** Which deliveries are asked for again. */
export interface SweepRequest {
  readonly app: Pick<InstalledApp, "deliveries" | "redeliver">;
  /** Since when somebody may have told us something that we did not hear. */
  readonly since: Date;
  /** Deliveries that we took are not asked for again. */
  readonly taken: (guid: string) => boolean;
  /** Names of the events that mean something to us. */
  readonly events: ReadonlySet<string>;
}

/** More are not asked for at once: the rest is found by the next sweep. */
const MOST = 500;

/** Has GitHub tell us again what we did not hear: every attempt of it failed, and none is here. The number of them. */
export async function askAgain(request: SweepRequest, signal: AbortSignal): Promise<number> {
  const { app, since, taken, events } = request;
  const attempts = await app.deliveries(since, signal);
  const heard = new Set(attempts.flatMap(({ ok, guid }) => (ok ? [guid] : [])));
  const missed = new Map<string, number>();
  // Newest first: of several attempts, the last is the one to repeat.
  for (const { guid, id, event } of attempts) {
    if (heard.has(guid) || taken(guid) || missed.has(guid) || !events.has(event)) continue;
    missed.set(guid, id);
  }
  const again = [...missed.values()].toReversed().slice(0, MOST);
  for (const id of again) await app.redeliver(id, signal);
  return again.length;
}
