import { describe, expect, it } from "vitest";
import { waybillIn } from "../cli/captured.ts";
import { watchGit } from "../support/git-calls.ts";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const built = image({ seed: "app" });

/** A repository with a base, a promotion since, and nothing uncommitted. */
async function promoted(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), built);
  workspace.commit({
    "promotions/payments/api.yaml": promotion(
      "api",
      versionLine("v1.0.0", built, "channels: [staging]"),
    ),
  });
  return workspace;
}

/** Where this is, what is not committed, every object, and what two commits differ in. */
const LOADING = ["cat-file", "diff-tree", "rev-parse", "status"];

/** The policies that counted, notes that are read and written with a deadline of their own, and their references. */
const RECORDING = ["ls-tree", "cat-file", "fast-import", "update-ref", "update-ref"];

describe("the processes of git that a command starts", () => {
  it.for([["validate"], ["plan"], ["plan", "--since", "HEAD^1"], ["validate", "--base", "HEAD^1"]])(
    "are four for %s, however many files and revisions it reads",
    async (args) => {
      await using workspace = await promoted();
      using git = watchGit();
      expect(await waybillIn(workspace, args)).toMatchObject({ code: 0 });
      expect(verbs(git.take())).toEqual(LOADING);
    },
  );

  it("are three where nothing is committed since the base", async () => {
    await using workspace = await promoted();
    workspace.write("promotions/payments/api.yaml", promotion("api"));
    using git = watchGit();
    await waybillIn(workspace, ["plan"]);
    expect(verbs(git.take())).toEqual(LOADING.filter((verb) => verb !== "diff-tree"));
  });

  it("are nine for an apply, which also keeps its record", async () => {
    await using workspace = await promoted();
    using git = watchGit();
    expect(await waybillIn(workspace, ["apply", "--yes"])).toMatchObject({ code: 0 });
    expect(verbs(git.take())).toEqual([...LOADING, ...RECORDING].toSorted());
  });
});

function verbs(calls: readonly string[]): readonly string[] {
  return calls.map((call) => call.split(" ")[0] ?? "").toSorted();
}
