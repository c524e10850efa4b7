import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { CHANNELS, openWorkspace, promotion, SITES, versionLine } from "../support/workspace.ts";
import { applied, planned, rows } from "./run.ts";

const app = image({ seed: "app" });
const TWO_SITES = `${SITES}  lab: { stores: { oci: registry.example.com/lab } }\n`;
const BOTH = CHANNELS.replace("[oslo] } }\n  prod", "[oslo], bestEffort: [lab] } }\n  prod");

describe("a place that policies no longer name", () => {
  it.for([
    ["a site that a channel drops", { "policies/channels.yaml": CHANNELS }],
    ["a site that is gone", { "policies/channels.yaml": CHANNELS, "policies/sites.yaml": SITES }],
    [
      "a channel that goes elsewhere",
      { "policies/channels.yaml": BOTH.replace("preprod/{project}", "later/{project}") },
    ],
  ] as const)("is told: what lies there by %s stays", async ([, after]) => {
    await using workspace = await openWorkspace();
    seed(workspace.source.repository("staging/api"), app);
    const base = workspace.commit({
      "policies/sites.yaml": TWO_SITES,
      "policies/channels.yaml": BOTH,
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.0.0", app, "channels: [staging]"),
      ),
    });
    expect((await applied(workspace)).exitCode).toBe(0);
    workspace.commit(after);
    const { plan } = await planned(workspace, { since: base });
    const notes = plan.notes.flatMap(({ code, message }) =>
      code === "left-behind" ? [message] : [],
    );
    expect(notes[0]).toContain("staging at lab");
    expect(notes[0]).toContain("registry.example.com/lab/preprod/payments/api");
    expect(rows(plan).filter((row) => /^(?:untag|delete)/.test(row))).toEqual([]);
  });

  it("is not told where the place is only another channel's now, or nothing was there", async () => {
    await using workspace = await openWorkspace();
    const base = workspace.commit({
      "policies/sites.yaml": TWO_SITES,
      "policies/channels.yaml": BOTH,
      "promotions/payments/api.yaml": promotion("api", versionLine("v1.0.0", app, "channels: []")),
    });
    workspace.commit({ "policies/channels.yaml": CHANNELS });
    const { plan } = await planned(workspace, { since: base });
    expect(plan.notes).toEqual([]);
  });
});
