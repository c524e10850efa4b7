import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import {
  CHANNELS,
  openWorkspace,
  promotion,
  registriesTo,
  SITES,
  versionLine,
  type Workspace,
} from "../support/workspace.ts";
import { askPlan, planned } from "./run.ts";

const app = image({ seed: "app" });
const web = image({ seed: "web" });
const API = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const FILES = {
  [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]")),
  [WEB]: promotion("web", versionLine("v2.0.0", web, "channels: [staging]")),
};

interface Based extends Workspace {
  readonly base: string;
}

async function based(): Promise<Based> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  seed(workspace.source.repository("staging/web"), web);
  workspace.commit({ [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging]")) });
  const base = workspace.commit(FILES);
  return { ...workspace, base };
}

async function inScope({ root, base }: Based): Promise<readonly string[]> {
  const { plan } = await planned({ root }, { since: base });
  if (plan.scope.kind !== "since") throw new Error("expected a scope");
  return plan.scope.artifacts;
}

describe("--since REV", () => {
  it("asks no store anything where nothing changed, and plans nothing", async () => {
    await using workspace = await based();
    const { plan, exitCode, document } = await planned(workspace, { since: "HEAD" });
    expect(workspace.requests()).toBe(0);
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ actions: [], blocked: [], depth: "deep" });
    expect(plan.scope).toEqual({ kind: "since", revision: "HEAD", artifacts: [] });
  });

  it.for<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "comments and order of keys alone: nothing",
      {
        [API]: `# a comment\n${FILES[API] ?? ""}`.replace(
          "project: payments\nname: api\n",
          "name: api\nproject: payments # moved\n",
        ),
      },
      [],
    ],
    [
      "one promotion file: that artifact",
      { [WEB]: (FILES[WEB] ?? "").replace("[staging]", "[staging, prod]") },
      ["payments/web"],
    ],
    [
      "a channel's path: the artifacts in it",
      {
        "policies/channels.yaml": CHANNELS.replace('"{project}/{name}"', '"live/{project}/{name}"'),
      },
      ["payments/api"],
    ],
    [
      "a site's store: everything at that site",
      { "policies/sites.yaml": SITES.replace(".com }", ".com/platform }") },
      ["payments/api", "payments/web"],
    ],
    [
      "a moving tag of a channel: the artifacts in it",
      {
        "policies/channels.yaml": CHANNELS.replace(
          "stable: newest-stable",
          "stable: newest-stable, latest: newest-stable",
        ),
      },
      ["payments/api"],
    ],
    [
      "a comment in a policy: nothing",
      { "policies/channels.yaml": `# a comment\n${CHANNELS}` },
      [],
    ],
    [
      "a rule of steps: nothing that is there already",
      {
        "policies/channels.yaml": CHANNELS.replace(
          "after: [staging]",
          "after: [staging], samePullRequest: true",
        ).replace(
          "    after: [staging], samePullRequest: true",
          "    after: [staging]\n    samePullRequest: true",
        ),
      },
      [],
    ],
    [
      "how a host is reached: the artifacts that have to do with it",
      {
        "policies/registries.yaml": `${registriesTo("127.0.0.1:1", "127.0.0.1:1")}  unused.example.com: { requestsPerSecond: 1 }\n`,
      },
      ["payments/api", "payments/web"],
    ],
    [
      "how hosts of a pattern are reached: those that nothing else names",
      {
        "policies/sites.yaml": SITES.replace("registry.oslo.example.com", "eu-docker.pkg.dev/oslo"),
        "policies/registries.yaml": `apiVersion: waybill.dev/v1
kind: Registries
hosts:
  registry.example.com: { endpoint: "http://127.0.0.1:1" }
  "*-docker.pkg.dev": { endpoint: "http://127.0.0.1:1" }
`,
      },
      ["payments/api", "payments/web"],
    ],
    ["a file outside the folders: nothing", { "README.md": "hello" }, []],
  ])("takes in for %s", async ([, files, artifacts]) => {
    await using workspace = await based();
    workspace.commit(files);
    expect(await inScope(workspace)).toEqual(artifacts);
  });

  it("takes in a file that is not committed, and not even known to git", async () => {
    await using workspace = await based();
    workspace.write(
      "promotions/payments/new.yaml",
      promotion("new", versionLine("v1.0.0", app, "channels: []")),
    );
    expect(await inScope(workspace)).toEqual(["payments/new"]);
  });

  it("proves closure and referrers of what is in scope, and asks nothing of the rest", async () => {
    await using workspace = await based();
    workspace.commit({ [WEB]: (FILES[WEB] ?? "").replace("[staging]", "[staging, prod]") });
    const { plan } = await planned(workspace, { since: workspace.base });
    expect(plan.depth).toBe("deep");
    expect(new Set(plan.actions.map(({ artifact }) => artifact))).toEqual(
      new Set(["payments/web"]),
    );
    const asked = [...workspace.source.requests, ...workspace.target.requests];
    expect(asked.filter(({ repository }) => repository?.endsWith("/api"))).toEqual([]);
  });

  it.for(["nothing-of-that-name", "--all", "HEAD..HEAD", "0".repeat(40)])(
    "refuses %s with what to do, and asks no store",
    async (since) => {
      await using workspace = await based();
      await expect(askPlan(workspace, { since })).rejects.toMatchObject({
        exitCode: 2,
        message: `There is no commit ${since} in this repository.`,
        hint: expect.stringContaining("fetch-depth"),
      });
      expect(workspace.requests()).toBe(0);
    },
  );

  it("reads a base that does not parse leniently, with a warning", async () => {
    await using workspace = await based();
    const broken = workspace.commit({ [WEB]: `${FILES[WEB] ?? ""}  - { version: [\n` });
    workspace.commit(FILES);
    const { diagnostics, plan } = await planned(workspace, { since: broken });
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning base-unreadable",
    ]);
    expect(plan.blocked).toEqual([]);
  });

  it("needs a git repository", async () => {
    await using workspace = await based();
    rmSync(join(workspace.root, ".git"), { recursive: true });
    await expect(askPlan(workspace, { since: "HEAD" })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("is in no git repository"),
    });
  });
});

const KPROMO_MANIFEST = `registries:
- name: registry.example.com/staging
  src: true
- name: registry.oslo.example.com/images
`;

function images(tag: string): string {
  return `- name: api\n  dmap:\n    "${app.digest}": ["${tag}"]\n- name: web\n  dmap:\n    "${web.digest}": ["1.0"]\n`;
}

async function thin(): Promise<Based> {
  const workspace = await based();
  const base = workspace.commit({
    "manifests/tools/promoter-manifest.yaml": KPROMO_MANIFEST,
    "images/tools/images.yaml": images("1.0"),
  });
  return { ...workspace, base };
}

describe("kpromo's thin manifests", () => {
  it("are in scope image by image", async () => {
    await using workspace = await thin();
    workspace.commit({ "images/tools/images.yaml": images("1.1") });
    expect(await inScope(workspace)).toEqual(["tools/api"]);
  });

  it("may not move a tag against the base", async () => {
    await using workspace = await thin();
    workspace.commit({
      "images/tools/images.yaml": images("1.0")
        .replace(web.digest, "X")
        .replace(app.digest, web.digest)
        .replace("X", app.digest),
    });
    const answer = await askPlan(workspace);
    if (answer.kind !== "invalid") throw new Error("expected mistakes");
    expect(answer.diagnostics.map(({ code, file, line }) => `${file}:${line} ${code}`)).toEqual([
      "images/tools/images.yaml:3 tag-moved",
      "images/tools/images.yaml:6 tag-moved",
    ]);
    expect(workspace.requests()).toBe(0);
  });

  it("are planned and show the destination as it is written", async () => {
    await using workspace = await thin();
    const { plan } = await planned(workspace, { since: `${workspace.base}^1` });
    expect(
      plan.actions.map(({ op, artifact, site, channel }) => [op, artifact, channel, site]),
    ).toEqual([
      ["copy", "tools/api", "kpromo", "registry.oslo.example.com/images"],
      ["tag", "tools/api", "kpromo", "registry.oslo.example.com/images"],
      ["copy", "tools/web", "kpromo", "registry.oslo.example.com/images"],
      ["tag", "tools/web", "kpromo", "registry.oslo.example.com/images"],
    ]);
  });
});
