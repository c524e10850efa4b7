import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { startRegistry, type Registry } from "../../support/registry/index.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const built = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const PLACE = "preprod/payments/api";
const STAGED = promotion("api", versionLine("v1.0.0", built, "channels: [staging]"));
const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: registry.oslo.example.com } }
  bergen: { stores: { oci: registry.bergen.example.com } }
`;
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo, bergen] }, approvals: { count: 1 } }
`;

let story: Story;
let bergen: Registry;

beforeEach(async () => {
  bergen = await startRegistry();
  story = await Story.open({ "policies/sites.yaml": SITES, "policies/channels.yaml": CHANNELS });
  const { github, source, target } = story.workspace;
  const hosts = { "": source.host, ".oslo": target.host, ".bergen": bergen.host };
  const lines = Object.entries(hosts).map(
    ([name, host]) => `  registry${name}.example.com: { endpoint: "http://${host}" }\n`,
  );
  const registries = `apiVersion: waybill.dev/v1\nkind: Registries\nhosts:\n${lines.join("")}`;
  await github.push({
    branch: "main",
    by: "alice",
    files: { "policies/registries.yaml": registries },
  });
  seed(source.repository("staging/api"), built);
});
afterEach(async () => {
  await story[Symbol.asyncDispose]();
  await bergen.close();
});

/** Every connection to bergen is cut from now on. */
function goAway(): void {
  bergen.fault({ match: { times: Infinity }, do: { kind: "drop" } });
}

function tagsIn(registry: Registry): readonly string[] {
  return [...registry.repository(PLACE).tags.keys()];
}

describe("a site that is away, by processes alone", { timeout: 300_000 }, () => {
  it("004-13 001-17 comes back between review and merge: what was approved is done there too", async () => {
    const { github, target } = story.workspace;
    goAway();
    const number = await story.workspace.propose({ [FILE]: STAGED });
    const planned = await story.checks(number);
    expect(planned.code).toBe(1);
    expect(planned.outputs.get("result")).toBe("unknown");
    expect(story.comments(number)).toEqual([expect.stringContaining("bergen")]);
    github.review(number, { by: "alice" });
    expect(await story.approval(number)).toMatchObject({ code: 0 });

    bergen.clearFaults();
    await github.merge(number, { by: "dave" });
    expect(await story.merged()).toMatchObject({ code: 0 });
    expect([tagsIn(target), tagsIn(bergen)]).toEqual([["v1.0.0"], ["v1.0.0"]]);
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
  });

  it("000-30 is still away when it is merged: the other site is done, and the next merge's run does the rest", async () => {
    const { target } = story.workspace;
    const number = await story.mergeApproved({ [FILE]: STAGED });
    goAway();
    const half = await story.merged();
    expect(half.code).toBe(1);
    expect(tagsIn(target)).toEqual(["v1.0.0"]);
    expect(story.comments(number)).toEqual([expect.stringContaining("bergen")]);
    expect(story.comments(number)[0]).not.toContain("Merged and done");
    expect(story.issues()).toMatchObject([{ state: "open" }]);

    bergen.clearFaults();
    await story.mergeApproved({ "README.md": "nothing to do with it" }, []);
    expect(await story.merged()).toMatchObject({ code: 0 });
    expect(tagsIn(bergen)).toEqual(["v1.0.0"]);
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
    expect(story.issues()).toMatchObject([{ state: "closed" }]);
  });
});
