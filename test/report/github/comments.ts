import type { Plan } from "#model";
import type { ArtifactPage, CheckReport, CommentInput, Outcome } from "#report";
import { action, blockedItem, planWith, result, tagAction } from "../../support/actions.ts";
import { digestOf, repo } from "../../support/state.ts";

export const HEAD = "0123456789abcdef0123456789abcdef01234567";
export const BASE = "89abcdef0123456789abcdef0123456789abcdef";

const NEW = { version: "v1.4.2", digest: digestOf("v1.4.2") };
const PLACE = repo("registry.oslo.example.com/platform/payments/api");
const FAR = { site: "bergen", to: repo("registry.bergen.example.com/payments/api") };
const DECISION = {
  trust: "verified",
  verdict: "allow",
  explanation: "payments/api@v1.4.2 may enter prod: verified by payments-images.",
  warnings: [],
} as const;

/** A promotion to prod at two sites, a withdrawal, and an artifact that policy refuses. */
export function examplePlan(): Plan {
  const copy = {
    ...NEW,
    to: PLACE,
    from: repo("registry.oslo.example.com/preprod/payments/api"),
    bytes: 48_300_000,
    reason: "not there yet",
    decision: DECISION,
  };
  const stable = {
    ...NEW,
    to: PLACE,
    expect: digestOf("v1.4.1"),
    reason: "v1.4.2 is the newest stable; names v1.4.1 now",
  };
  const gone = {
    version: "v1.3.0",
    digest: digestOf("v1.3.0"),
    to: PLACE,
    destructive: true,
    from: undefined,
    bytes: undefined,
    reason: "retired (out of support)",
  };
  const actions = [
    action({ ...gone, op: "delete" }),
    action({ ...gone, op: "untag", tag: "v1.3.0", expect: digestOf("v1.3.0") }),
    ...[{}, FAR].flatMap((place) => [
      action({ ...copy, ...place }),
      tagAction("v1.4.2", {
        ...NEW,
        to: PLACE,
        ...place,
        reason: "its own tag",
        decision: DECISION,
      }),
      tagAction("stable", { ...stable, ...place, decision: DECISION }),
    ]),
  ];
  return planWith(actions, {
    commit: HEAD,
    base: BASE,
    scope: { kind: "since", revision: "HEAD^1", artifacts: ["payments/api", "payments/web"] },
    depth: "deep",
    unchanged: 4,
    blocked: [
      blockedItem({
        artifact: "payments/web",
        version: "v2.1.0",
        code: "trust.sbom",
        reason: "rule payments-images asks for sbom: nothing was found",
        hint: "attach a bill of materials in spdx, attested by ci",
        verdict: "refuse",
      }),
    ],
    notes: [
      {
        code: "foreign-content",
        message:
          "registry.oslo.example.com/platform/payments/api holds 2 tags that git does not list",
      },
    ],
  });
}

export function exampleReport(over: Partial<CheckReport> = {}): CheckReport {
  return {
    result: "blocked",
    head: HEAD,
    base: BASE,
    plan: examplePlan(),
    findings: [],
    changes: [
      { kind: "retires", artifact: "payments/api", version: "v1.3.0", detail: "out of support" },
      { kind: "pins", artifact: "payments/api", version: "v1.4.1", detail: "latest in staging" },
    ],
    inPlace: [],
    desired: [],
    unread: [],
    bootstrap: false,
    policy: undefined,
    pages: [examplePage()],
    ...over,
  };
}

export function examplePage(over: Partial<ArtifactPage> = {}): ArtifactPage {
  return {
    artifact: "payments/api",
    ...NEW,
    channel: "prod",
    from: ["staging"],
    places: [
      { channel: "prod", site: "oslo", before: "v1.4.1", after: "v1.4.2" },
      { channel: "prod", site: "bergen", before: "v1.4.1", after: "v1.4.2" },
    ],
    origin: {
      repositoryUrl: "https://github.com/acme/payments-api",
      commit: "5c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      runUrl: "https://github.com/acme/payments-api/actions/runs/42",
    },
    platforms: ["linux/amd64", "linux/arm64"],
    missing: [],
    size: { bytes: 52_400_000, reused: 40_100_000 },
    evidence: ["signature of ci (bundle)", "SBOM in spdx of ci", "scan of scanner, 2 days old"],
    content: {
      against: "v1.4.1",
      packages: {
        kind: "compared",
        value: [
          { kind: "added", name: "npm/undici", before: undefined, after: "8.12.4" },
          { kind: "removed", name: "npm/node-fetch", before: "2.7.0", after: undefined },
          { kind: "upgraded", name: "deb/openssl", before: "3.0.15", after: "3.0.16" },
        ],
      },
      vulnerabilities: {
        kind: "compared",
        value: {
          fixed: [{ id: "CVE-2026-1111", severity: "high" }],
          introduced: [{ id: "CVE-2026-2222", severity: "low" }],
        },
      },
      config: {
        kind: "compared",
        value: [{ setting: "user", platform: undefined, before: "root", after: "10001" }],
      },
      platforms: { kind: "compared", value: { added: ["linux/arm64"], removed: [] } },
      source: {
        repository: "https://github.com/acme/payments-api",
        before: "1111111111111111111111111111111111111111",
        after: "5c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      },
    },
    rollback: {
      kind: "version",
      version: "v1.4.1",
      digest: digestOf("v1.4.1"),
      sites: [
        { site: "oslo", isReady: true, missing: undefined },
        { site: "bergen", isReady: false, missing: "its signature is not there" },
      ],
    },
    ...over,
  };
}

export function exampleComment(over: Partial<CommentInput> = {}): CommentInput {
  return {
    instance: "default",
    report: exampleReport(),
    at: "2026-11-21T12:00:00Z",
    repositoryUrl: "https://github.com/acme/promotions",
    summaryUrl: "https://github.com/acme/promotions/actions/runs/7",
    approvals: {
      isApproved: false,
      needed: [
        { from: ["sre"], have: 1, want: 2, why: "channel prod" },
        { from: ["org/payments"], have: 0, want: 1, why: "promotions/payments/**" },
      ],
      given: [{ login: "bob", commit: HEAD }],
      notCounted: [{ login: "alice", why: "wrote a commit of the pull request" }],
    },
    stale: undefined,
    outcome: undefined,
    answers: [],
    ...over,
  };
}

/** After the merge: a copy waits, what was withdrawn is refused, the rest is done. */
export function exampleOutcome(): Outcome {
  const results = examplePlan().actions.map((item) =>
    item.destructive
      ? { ...result(item, "refused", "not-approved"), message: "removals are not carried out yet" }
      : result(item, "done"),
  );
  return {
    commit: HEAD,
    finishedAt: "2026-11-21T12:10:00Z",
    runUrl: "https://github.com/acme/promotions/actions/runs/8",
    results,
    uncovered: [],
    record: "refs/notes/waybill",
  };
}
