import { liftFor, type Action } from "#model";
import type { Frozen } from "#policy";
import { note, type Draft } from "./draft.ts";
import { later } from "./trust.ts";

/** Channel → until when it stays as it is; a channel that is not frozen is not here. */
export type FrozenChannels = ReadonlyMap<string, Frozen>;

/**
 * What is planned in a frozen channel waits until the freeze is over, unless an approved override lifts it there; what it
 * is stays the same (issue 6 §3).
 */
export function waitForFreeze(draft: Draft, actions: readonly Action[]): readonly Action[] {
  const { frozen, lifts = [] } = draft.input;
  if (frozen === undefined || frozen.size === 0) return actions;
  const met = new Set<string>();
  const waiting = actions.map((action) => {
    const freeze = frozen.get(action.channel ?? "");
    if (freeze === undefined) return action;
    const { artifact, channel, site } = action;
    const asked = { limit: "freeze", artifact, channel: channel ?? "", site: site ?? "" } as const;
    if (liftFor(lifts, asked) !== undefined) return action;
    met.add(action.channel ?? "");
    return { ...action, notBefore: later(action.notBefore, freeze.until) };
  });
  for (const channel of met) {
    const { until, reasons } = frozen.get(channel) ?? { until: "", reasons: [] };
    const why = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
    const message = `${channel} is frozen until ${until}${why}: what is planned there waits.`;
    note(draft, "frozen", message);
  }
  return waiting;
}
