import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecordLine } from "#audit";
import { waybillIn } from "../cli/captured.ts";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const app = image({ seed: "app" });
let workspace: Workspace;

beforeEach(async () => {
  workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  const line = versionLine("v1.0.0", app, "channels: [staging]");
  workspace.commit({ "promotions/payments/api.yaml": promotion("api", line) });
});
afterEach(() => workspace[Symbol.asyncDispose]());

function notes(): readonly string[] {
  const list = workspace.git("notes", "--ref=waybill", "list");
  if (list === "") return [];
  return workspace.git("notes", "--ref=waybill", "show", "HEAD").split("\n");
}

describe("the record of an apply on a plain machine", () => {
  it("003-34 names actor, artifact, digest, kind, source, target and run, under the commit", async () => {
    const env = { GITHUB_ACTOR: "ada", GITHUB_RUN_ID: "77", GITHUB_RUN_ATTEMPT: "2" };
    expect((await waybillIn(workspace, ["apply", "--yes"], { env })).code).toBe(0);
    const [line = ""] = notes();
    const record = parseRecordLine(line);
    expect(record).toMatchObject({
      commit: workspace.git("rev-parse", "HEAD"),
      actor: "ada",
      runId: "77/2",
      planned: 2,
      observed: 2,
      policyDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      outcomes: [
        {
          key: {
            op: "copy",
            artifact: "payments/api",
            version: "v1.0.0",
            digest: app.digest,
            channel: "staging",
            site: "oslo",
            to: "registry.oslo.example.com/preprod/payments/api",
          },
          kind: "container-image",
          from: "registry.example.com/staging/api",
          status: "done",
        },
        { key: { op: "tag", tag: "v1.0.0", expect: null }, status: "done" },
      ],
    });
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("is one line a run, and none for a run that had nothing to add", async () => {
    await waybillIn(workspace, ["apply", "--yes"]);
    const first = notes();
    await waybillIn(workspace, ["apply", "--yes"]);
    expect(first).toHaveLength(1);
    expect(notes()).toEqual(first);
  });

  it("tells what failed, with its code", async () => {
    const match = { kind: "upload", method: "PUT", times: Infinity } as const;
    workspace.target.fault({ match, do: { kind: "answer", status: 403 } });
    await waybillIn(workspace, ["apply", "--yes"]);
    const record = parseRecordLine(notes()[0] ?? "");
    expect(record?.observed).toBe(0);
    const [copy] = record?.outcomes ?? [];
    expect(copy).toMatchObject({ status: "failed", code: "forbidden" });
  });

  it("is not kept with --no-record", async () => {
    await waybillIn(workspace, ["apply", "--yes", "--no-record"]);
    expect(notes()).toEqual([]);
  });

  it("is not kept outside git, and nothing is said of it", async () => {
    rmSync(join(workspace.root, ".git"), { recursive: true });
    const { code, err } = await waybillIn(workspace, ["apply", "--yes"]);
    expect(code).toBe(0);
    expect(err).not.toContain("record");
  });

  it("that cannot be kept is told, and undoes nothing", async () => {
    workspace.git("update-ref", "refs/notes", "HEAD");
    const { code, err } = await waybillIn(workspace, ["apply", "--yes"]);
    expect(code).toBe(0);
    expect(err).toContain("could not be kept");
  });
});
