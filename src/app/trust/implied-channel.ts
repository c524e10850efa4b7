import type { Channel } from "#model";

/** A channel that no file declares, which asks nothing by itself: the one that kpromo's manifests imply (contract §2). */
export function impliedChannel(name: string): Channel {
  return {
    name,
    to: undefined,
    after: [],
    samePullRequest: false,
    require: [],
    bestEffort: [],
    quorum: 0,
    immutable: [],
    moving: new Map(),
    at: { file: "policies/channels.yaml", line: 1, column: 1 },
  };
}
