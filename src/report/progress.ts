import type { ApplyEvent } from "#model";
import { count, formatBytes } from "./quantities.ts";

/** What is known of an apply under way: a fold over its events. */
export interface Progress {
  readonly actions: number;
  readonly finished: number;
  readonly failed: number;
  /** Bytes that the plan knows of; some may turn out to be there already. */
  readonly bytes: number;
  readonly sent: number;
  /** Store → bytes sent to it. */
  readonly hosts: ReadonlyMap<string, number>;
}

export const NO_PROGRESS: Progress = {
  actions: 0,
  finished: 0,
  failed: 0,
  bytes: 0,
  sent: 0,
  hosts: new Map(),
};

/** Takes one event into account. */
export function advance(progress: Progress, event: ApplyEvent): Progress {
  switch (event.kind) {
    case "started":
      return { ...progress, actions: event.actions, bytes: event.bytes };
    case "transferred": {
      const hosts = new Map(progress.hosts).set(
        event.host,
        (progress.hosts.get(event.host) ?? 0) + event.bytes,
      );
      return { ...progress, sent: progress.sent + event.bytes, hosts };
    }
    case "finished": {
      const failed = progress.failed + (event.result.status === "failed" ? 1 : 0);
      return { ...progress, finished: progress.finished + 1, failed };
    }
    case "blob":
    case "warning":
      return progress;
  }
}

/** One line about an apply under way; `seconds` since it began give the rate, an average and called so. */
export function progressLine(progress: Progress, seconds: number, width: number): string {
  const rate =
    seconds >= 1 ? `, ${formatBytes(Math.round(progress.sent / seconds))}/s on average` : "";
  const failed = progress.failed > 0 ? `, ${progress.failed} failed` : "";
  const hosts = [...progress.hosts]
    .map(([host, bytes]) => `${host} ${formatBytes(bytes)}`)
    .join(", ");
  const line = `${progress.finished} of ${count(progress.actions, "action")} done${failed}, ${formatBytes(progress.sent)} sent${rate}${hosts === "" ? "" : ` [${hosts}]`}`;
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line;
}
