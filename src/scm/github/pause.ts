import { setTimeout as sleep } from "node:timers/promises";

/** A process-wide pause: GitHub answers with a limit to one request, and means all of them. */
export interface Pause {
  /** Nothing goes out before this time, in milliseconds since the epoch. */
  until(time: number): void;
  /** Returns when the pause is over, at once where there is none. */
  over(signal: AbortSignal): Promise<void>;
}

/** Makes a pause that starts out over. */
export function createPause(): Pause {
  let end = 0;
  return {
    until(time) {
      end = Math.max(end, time);
    },
    async over(signal) {
      for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
        await sleep(left, undefined, { signal });
      }
    },
  };
}
