import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { workflowsFor } from "../../src/app/init/workflows/write.ts";
import { image, seed } from "../support/images.ts";
import { waybillIn } from "../cli/captured.ts";
import { breachesIn, type WorkflowFile } from "../support/workflows/rules.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const FOLDER = ".github/workflows";
const commit = "0123456789abcdef0123456789abcdef01234567";
const TOOL = { kind: "action", action: "example/waybill", commit, version: "v0.1.0" } as const;
const CHANNELS = [
  { name: "staging", after: [] },
  { name: "prod", after: ["staging"] },
];
const FILES = [
  ...readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const),
  ...workflowsFor(TOOL, { channels: CHANNELS, branch: "main" }),
];
/** What a job may be given to write, in a file whose name has the words; a signature needs `id-token`. */
const WRITES: readonly (readonly [file: RegExp, rights: readonly string[]])[] = [
  [/plan/, ["pull-requests", "statuses", "checks"]],
  [/approval/, ["statuses", "checks"]],
  [/review/, ["statuses", "checks", "actions"]],
  [/chat/, ["pull-requests", "issues", "statuses", "checks", "actions"]],
  [/drift/, ["issues"]],
  [/apply/, ["contents", "pull-requests", "deployments", "issues", "id-token"]],
  [/release/, ["contents", "packages", "attestations", "id-token"]],
];
const app = image({ seed: "app" });

function login(workspace: Workspace): Readonly<Record<string, string>> {
  const auth = Buffer.from("robot:pw").toString("base64");
  workspace.write(
    "auth.json",
    JSON.stringify({
      auths: { [workspace.source.host]: { auth }, [workspace.target.host]: { auth } },
    }),
  );
  return { WAYBILL_REGISTRY_AUTH_FILE: join(workspace.root, "auth.json") };
}

describe("threat 18: tokens that may more than is needed", () => {
  it.for(FILES)(
    "%s: each job names its rights, and none has a registry and the repository",
    ([name, text]) => {
      expect(breachesIn(text)).toEqual([]);
      const allowed = WRITES.flatMap(([file, rights]) => (file.test(name) ? rights : []));
      const workflow: WorkflowFile = parse(text);
      for (const { permissions = {} } of Object.values(workflow.jobs)) {
        const given = Object.entries(permissions).filter(([, right]) => right === "write");
        expect(given.map(([right]) => right).filter((right) => !allowed.includes(right))).toEqual(
          [],
        );
      }
    },
  );

  it("a channel's credentials are in that channel's environment, and in no other job", () => {
    const [, text = ""] = FILES.find(([name]) => name.endsWith("/waybill-apply.yml")) ?? [];
    const workflow: WorkflowFile = parse(text);
    for (const [id, job] of Object.entries(workflow.jobs)) {
      if (!JSON.stringify(job).includes("secrets.")) continue;
      expect(["plan", ...CHANNELS.map(({ name }) => name)]).toContain(id);
      expect(JSON.stringify(job.environment)).toContain(`waybill-${id}`);
    }
  });

  it("a token is asked for one repository and what is done there: pull to plan, push to copy, never delete", async () => {
    const users = { robot: { password: "pw" } };
    await using workspace = await openWorkspace({ auth: { kind: "bearer", users } });
    const { source, target } = workspace;
    seed(source.repository("staging/api"), app);
    const env = login(workspace);
    workspace.commit({
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.0.0", app, "channels: [staging]"),
      ),
    });
    expect(await waybillIn(workspace, ["plan"], { env })).toMatchObject({ code: 0 });
    expect(scopesOf(source)).toEqual(["repository:staging/api:pull"]);
    expect(scopesOf(target)).toEqual([
      "repository:payments/api:pull",
      "repository:preprod/payments/api:pull",
    ]);
    expect(await waybillIn(workspace, ["apply", "--yes"], { env })).toMatchObject({ code: 0 });
    expect(scopesOf(source)).toEqual(["repository:staging/api:pull"]);
    expect(scopesOf(target)).toEqual([
      "repository:payments/api:pull",
      "repository:preprod/payments/api:pull",
      "repository:preprod/payments/api:pull,push",
    ]);
  });
});

function scopesOf({ tokensAsked }: Workspace["source"]): readonly string[] {
  return [...new Set(tokensAsked.flatMap(({ scopes }) => scopes))].toSorted();
}
