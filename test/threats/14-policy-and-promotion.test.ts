import { describe, expect, it } from "vitest";
import { makePair } from "../support/signing.ts";
import {
  channels,
  openTrustWorkspace,
  promoted,
  API,
  trustFile,
} from "../support/trust-workspace.ts";
import { applied } from "../app/run.ts";
import { API as FORGE_API, APP, applyJob, openForge, staged, writesOf } from "./merging.ts";
import { gate, LET_IN, sign } from "./gate.ts";

const thief = makePair();

describe("threat 14: a policy and the promotion that it lets in, in one merge", () => {
  it.for([
    ["the key of an authority", { "policies/trust/ci.pub": thief.pem }],
    ["another rule", { "policies/trust.yaml": trustFile().replace("[prod]", "[dev]") }],
    [
      "noMatch and no rule",
      {
        "policies/trust.yaml":
          "apiVersion: waybill.dev/v1\nkind: Trust\nrules: []\nnoMatch: allow\n",
      },
    ],
    ["no policy at all", { "policies/trust.yaml": undefined }],
    ["a channel that asks nothing", { "policies/channels.yaml": channels() }],
  ] as const)("%s: the base's policy holds until it is merged by itself", async ([, files]) => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": channels({ requires: "trust: verified" }),
    });
    workspace.commit({ [API]: promoted(workspace.app, "dev") });
    const base = workspace.git("rev-parse", "HEAD");
    sign(workspace, thief);
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) workspace.git("rm", "-q", path);
      else workspace.write(path, text);
    }
    workspace.commit({ [API]: promoted(workspace.app) });
    expect(await gate(workspace, { since: base })).not.toContain("copy");
    expect((await applied(workspace, { since: base })).exitCode).toBe(4);
    expect(workspace.target.repositoryNames()).toEqual(["dev/api"]);
    // The negative control: what the base's own key signed is let in by the same merge.
    sign(workspace, workspace.ci);
    expect(await gate(workspace, { since: base })).toEqual(LET_IN);
  });
});

describe(
  "threat 14: who may, and what they approve, in one pull request",
  { timeout: 60_000 },
  () => {
    const OWNERS = `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [bob, dave, erin] } }
owners: []
admins: [sre]
`;

    it("fails the check, and nobody whom it names can approve it", async () => {
      await using workspace = await openForge();
      const files = { [FORGE_API]: staged({ "v1.0.0": APP }), "policies/owners.yaml": OWNERS };
      const number = await workspace.propose(files);
      const folder = await workspace.checkout(`refs/pull/${number}/merge`);
      const { code, out } = await workspace.run(folder, ["plan", "--format", "github"]);
      expect({ code, out }).toMatchObject({
        code: 2,
        out: expect.stringContaining("policy-and-promotion"),
      });
      for (const by of ["dave", "erin"]) workspace.github.review(number, { by });
      const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
      const args = ["approval", "--pr", String(number)];
      expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 4 });
      // Merged all the same: what it promotes has no approval of anybody whom the base named.
      await workspace.github.merge(number, { by: "dave" });
      expect(await applyJob(workspace)).toMatchObject({ code: 4 });
      expect(writesOf(workspace)).toEqual([]);
    });
  },
);
