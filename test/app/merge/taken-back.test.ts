import { afterEach, beforeEach, expect, it } from "vitest";
import type { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { API, APP, applyJob, openForge, OTHER, staged, tagsOf } from "../../threats/merging.ts";

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await openForge();
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function merge(
  files: Readonly<Record<string, string>>,
  approvers: readonly string[] = ["alice"],
): Promise<void> {
  const branch = `change-${workspace.github.requests.length}`;
  const number = await workspace.propose(files, { branch });
  for (const by of approvers) workspace.github.review(number, { by });
  await workspace.github.merge(number, { by: "dave" });
}

const BOTH = staged({ "v1.0.0": APP, "v2.0.0": OTHER });
const BACK = promotion(
  "api",
  versionLine("v1.0.0", APP, "channels: [staging]"),
  versionLine("v2.0.0", OTHER, "channels: []"),
);
const ONE = staged({ "v1.0.0": APP });

/** v2.0.0 was approved, and could not be placed. */
async function unfinished(): Promise<void> {
  await merge({ [API]: ONE });
  expect(await applyJob(workspace)).toMatchObject({ code: 0 });
  const match = { kind: "upload", method: "PUT", times: Infinity } as const;
  workspace.target.fault({ match, do: { kind: "answer", status: 403 } });
  await merge({ [API]: BOTH });
  expect(await applyJob(workspace)).toMatchObject({ code: 1 });
  workspace.target.clearFaults();
}

it(
  "000-11 an approval of what was taken back heals nothing that came again",
  { timeout: 60_000 },
  async () => {
    await unfinished();
    await merge({ [API]: BACK });
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    await merge({ [API]: BOTH }, []);
    expect(await applyJob(workspace)).toMatchObject({ code: 4 });
    expect([...tagsOf(workspace).keys()]).toEqual(["v1.0.0"]);
    // Nor does it once nothing of the range asks for it any more.
    await merge({ "README.md": "x" }, []);
    expect(await applyJob(workspace)).toMatchObject({ code: 3 });
    expect([...tagsOf(workspace).keys()]).toEqual(["v1.0.0"]);
  },
);

it(
  "what stood all the time is healed, whatever else its file went through",
  { timeout: 60_000 },
  async () => {
    await unfinished();
    await merge({ [API]: `# a word\n${BOTH}` }, []);
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    expect([...tagsOf(workspace).keys()].toSorted()).toEqual(["v1.0.0", "v2.0.0"]);
  },
);
