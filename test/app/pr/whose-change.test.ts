import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

function manifest(...destinations: readonly string[]): string {
  const lines = destinations.map((name) => `- name: ${name}\n`);
  return `registries:\n- name: staging.example.com/tools\n  src: true\n${lines.join("")}`;
}

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({
    "manifests/tools/promoter-manifest.yaml": manifest("eu.example.com/prod"),
    "images/tools/images.yaml": `- name: tool\n  dmap:\n    "${DIGEST}": ["v1"]\n`,
  });
});
afterEach(async () => {
  await workspace[Symbol.asyncDispose]();
});

describe("a change that another file than the changed one speaks of", { timeout: 60_000 }, () => {
  it("000-11 a destination more is a step into its channel, and needs that channel's approval", async () => {
    const number = await workspace.propose({
      "manifests/tools/promoter-manifest.yaml": manifest("eu.example.com/prod", "us.example.com/x"),
    });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const args = ["approval", "--pr", String(number)];
    const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
    expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 4 });
    workspace.github.review(number, { by: "dave" });
    expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 0 });
  });
});
