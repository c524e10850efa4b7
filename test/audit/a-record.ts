import { named, type NewRecord } from "#audit";
import { parseDigest, type RunRecord } from "#model";

const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);

/** A record of one copy, with what a test says of it. */
export function aRecord(said: Partial<NewRecord> & Pick<NewRecord, "commit" | "runId">): RunRecord {
  if (DIGEST === undefined) throw new Error("no digest");
  return named({
    range: { from: undefined, to: said.commit },
    channel: undefined,
    prs: [7],
    planDigest: DIGEST,
    policyDigest: DIGEST,
    approvals: [{ login: "alice", id: 1, reviewId: 11, commit: said.commit }],
    overrides: [],
    actor: "alice",
    startedAt: "2026-11-20T08:00:00Z",
    finishedAt: "2026-11-20T08:00:01Z",
    planned: 1,
    observed: 1,
    outcomes: [
      {
        key: {
          op: "copy",
          artifact: "payments/api",
          version: "v1.0.0",
          digest: DIGEST,
          channel: "prod",
          site: "oslo",
          to: "registry.oslo.example.com/payments/api",
          tag: null,
          expect: null,
        },
        kind: "container-image",
        from: "registry.example.com/staging/api",
        status: "done",
        code: undefined,
      },
    ],
    ...said,
  });
}
