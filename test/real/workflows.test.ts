import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { workflowsFor } from "../../src/app/init/workflows/write.ts";
import { mustRun, requireTool } from "../support/real/program.ts";

const CHANNELS = [
  { name: "dev", after: [] },
  { name: "prod", after: ["dev"] },
];

/** actionlint 1.7.12 does not know the queues of May 2026; this one message and no other is passed over. */
const QUEUE = '^unexpected key "queue" for "concurrency" section';

/** A repository with the workflows that a user gets, or with ours. */
function repository(whose: "a user's" | "ours"): string {
  const root = mkdtempSync(join(tmpdir(), "waybill-workflows-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  execFileSync("git", ["init", "-q", root]);
  if (whose === "ours") {
    cpSync(".github", join(root, ".github"), { recursive: true });
    cpSync("action.yml", join(root, "action.yml"));
    return root;
  }
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const tool = { kind: "action", action: "example/waybill", commit, version: "v0.1.0" } as const;
  for (const [path, text] of workflowsFor(tool, { channels: CHANNELS, branch: "main" })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe.for(["a user's", "ours"] as const)("workflows, %s", (whose) => {
  it.skipIf(requireTool("actionlint") !== undefined)(
    "have nothing that actionlint finds",
    async () => {
      const ran = await mustRun("actionlint", ["-no-color", "-ignore", QUEUE], {
        cwd: repository(whose),
      });
      expect(ran).toBe("");
    },
  );

  it.skipIf(requireTool("zizmor") !== undefined)("have nothing that zizmor finds", async () => {
    const args = ["--offline", "--no-progress", "--min-severity", "medium", ".github"];
    const ran = await mustRun("zizmor", args, { cwd: repository(whose) });
    expect(ran).toContain("No findings to report");
  });
});
