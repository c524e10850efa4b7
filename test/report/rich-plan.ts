import type { Facets, Plan } from "#model";
import { planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  digestOf,
  fault,
  line,
  pin,
  repo,
  source,
  target,
} from "../support/state.ts";

/** What a foreign tag may look like: it would end a table's cell, call somebody, and colour a terminal. */
export const HOSTILE = "evil`|@team\u001b[31m<img src=x>";

const MOVING = new Map([
  ["stable", "newest-stable"],
  ["candidate", "newest-prerelease"],
  ["{major}.{minor}", "newest-in-line"],
] as const);

const API = repo("registry.oslo.example.com/prod/payments/api");
const WEB = repo("registry.oslo.example.com/prod/payments/web");

/** A plan that has something of everything: each kind of action, of obstacle and of note. */
export function richPlan(): Plan {
  const desired = desiredState(
    [
      channel("staging"),
      channel("prod", { require: ["oslo"], bestEffort: ["bergen"], quorum: 1, moving: MOVING }),
    ],
    [
      desiredArtifact("payments/api", {
        lines: [
          line("v1.5.0-rc.2", { in: ["staging"] }),
          line("v1.4.2", { in: ["staging", "prod"] }),
          line("v1.4.1", { in: ["staging", "prod"] }),
          line("v1.3.0", { state: "retired", reason: "out of support" }),
        ],
      }),
      desiredArtifact("payments/web", {
        source: repo("registry.oslo.example.com/staging/web"),
        lines: [
          line("v2.1.0", { digest: "web 2.1", in: ["prod"] }),
          line("v2.0.0", { digest: "web 2.0", in: ["prod"] }),
          line("v1.9.0", { digest: "web 1.9", in: ["prod@oslo"] }),
        ],
        pins: new Map([
          ["prod", new Map([["stable", pin("v2.0.0", { until: "2026-11-01T00:00:00Z" })]])],
        ]),
      }),
    ],
  );
  const lacking: Facets = {
    missing: [],
    missingEvidence: [
      {
        form: "tag",
        subject: digestOf("web 2.0"),
        tag: `${digestOf("web 2.0").replace(":", "-")}.sig`,
        descriptor: {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: digestOf("signature"),
          size: 812,
        },
      },
    ],
    divergedEvidence: [],
    fault: undefined,
  };
  const state = actualState(desired, {
    targets: [
      target(API, {
        tags: { "v1.4.1": "v1.4.1", stable: "v1.4.1", "v1.3.0": "v1.3.0", "1.4": "v1.4.1" },
        foreign: [HOSTILE],
      }),
      target(WEB, {
        tags: { "v2.0.0": "web 2.0", "v1.9.0": "somebody else's", stable: "web 2.1" },
        facets: new Map([[digestOf("web 2.0"), lacking]]),
      }),
      target(repo("registry.bergen.example.com/prod/payments/web"), { fault: fault() }),
    ],
    sources: [
      source(repo("registry.oslo.example.com/staging/web"), {
        has: ["web 2.0", "web 1.9"],
        absent: ["web 2.1"],
      }),
    ],
  });
  return { ...planOf(desired, state), commit: "0123456789abcdef0123456789abcdef01234567" };
}
