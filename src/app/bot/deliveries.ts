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
/** What we refused so often is not what we take: a form instead of JSON, another secret. */
const MOST_TRIES = 4;

/** Has GitHub tell us again what we did not hear: every attempt of it failed, and none is here. The number of them. */
export async function askAgain(request: SweepRequest, signal: AbortSignal): Promise<number> {
  const { app, since, taken, events } = request;
  const attempts = await app.deliveries(since, signal);
  const heard = new Set(attempts.flatMap(({ ok, guid }) => (ok ? [guid] : [])));
  const missed = new Map<string, { readonly id: number; tries: number }>();
  // Newest first: of several attempts, the last is the one to repeat.
  for (const { guid, id, event } of attempts) {
    if (heard.has(guid) || taken(guid) || !events.has(event)) continue;
    const known = missed.get(guid);
    if (known === undefined) missed.set(guid, { id, tries: 1 });
    else known.tries += 1;
  }
  const again = [...missed.values()].filter(({ tries }) => tries < MOST_TRIES).toReversed();
  const asked = again.slice(0, MOST);
  for (const { id } of asked) await app.redeliver(id, signal);
  return asked.length;
}
