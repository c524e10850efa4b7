import type { DesiredState } from "#model";
import { RequestError } from "./request-error.ts";

/** Refuses a channel that neither `channels.yaml` nor a thin manifest knows. */
export function checkChannel(desired: DesiredState, channel: string): void {
  if (desired.channels.has(channel)) return;
  const used = desired.artifacts.some(({ places }) =>
    places.some((place) => place.channel === channel),
  );
  if (used) return;
  const known = [...desired.channels.keys()].join(", ");
  throw new RequestError(
    `There is no channel ${channel}.`,
    known === "" ? "policies/channels.yaml names the channels" : `one of ${known}`,
  );
}
