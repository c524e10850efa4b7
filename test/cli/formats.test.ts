import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "#model";
import { createHash } from "node:crypto";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { waybillIn } from "./captured.ts";

const app = image({ seed: "app" });
const other = image({ seed: "other" });
const API = "promotions/payments/api.yaml";
const LINES = [
  versionLine("v1.1.0", app, "channels: [staging]"),
  versionLine("v1.0.0", other, "channels: [staging]"),
];

/** v1.1.0 is to be copied; v1.0.0 is blocked, because its tag names something else. */
async function mixed(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  seed(workspace.source.repository("staging/api"), other);
  seed(workspace.target.repository("preprod/payments/api"), image({ seed: "theirs" }), ["v1.0.0"]);
  workspace.commit({ [API]: promotion("api", ...LINES) });
  return workspace;
}

interface Item {
  readonly [key: string]: unknown;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function keysOf(item: Item): readonly string[] {
  return Object.keys(item);
}

const KEY = ["op", "artifact", "version", "digest", "channel", "site", "to", "tag", "expect"];
const REPOSITORY = "registry.oslo.example.com/preprod/payments/api";

describe("the plan document (contract §5)", () => {
  it("has the members of the contract, in its types, and no others", async () => {
    await using workspace = await mixed();
    const { out, code } = await waybillIn(workspace, ["plan", "--format", "json"]);
    expect(code).toBe(4);
    const document = JSON.parse(out);
    expect(keysOf(document)).toEqual([
      "schema",
      "digest",
      "commit",
      "base",
      "scope",
      "depth",
      "summary",
      "actions",
      "blocked",
      "notes",
    ]);
    expect(document).toMatchObject({
      schema: "waybill.dev/plan/v1",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      commit: workspace.git("rev-parse", "HEAD"),
      base: workspace.git("rev-parse", "HEAD^1"),
      scope: { kind: "all" },
      depth: "tags",
    });
    expect(document.summary).toEqual({
      copy: 1,
      tag: 1,
      untag: 0,
      delete: 0,
      attest: 0,
      blocked: 1,
      warned: 0,
      unchanged: 0,
    });
    const [copy, tag] = document.actions;
    expect(copy).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      op: "copy",
      artifact: "payments/api",
      version: "v1.1.0",
      digest: app.digest,
      kind: "container-image",
      channel: "staging",
      site: "oslo",
      from: "registry.example.com/staging/api",
      to: REPOSITORY,
      bytes: expect.any(Number),
      reason: "not there yet",
      destructive: false,
    });
    expect(keysOf(tag).join(" ")).toBe(
      "id op artifact version digest kind channel site to tag expect reason destructive",
    );
    expect(tag).toMatchObject({ op: "tag", tag: "v1.1.0", expect: null });
    const [blocked] = document.blocked;
    expect(keysOf(blocked).join(" ")).toBe("artifact version channel site key code reason hint");
    expect(blocked).toMatchObject({ version: "v1.0.0", code: "foreign-move" });
    expect(keysOf(blocked.key)).toEqual(KEY);
  });

  it("003-03 has ids and a digest that anybody can compute again from the keys", async () => {
    await using workspace = await mixed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "json"]);
    const document = JSON.parse(out);
    const keys = document.actions.map((action: Item) =>
      canonicalJson(
        Object.fromEntries(KEY.map((name) => [name, (action[name] ?? null) as string | null])),
      ),
    );
    expect(document.actions.map(({ id }: Item) => id)).toEqual(
      keys.map((key: string) => hash(key).slice(0, 16)),
    );
    expect(document.digest).toBe(`sha256:${hash(`[${keys.toSorted().join(",")}]`)}`);
  });

  it("says no path of this machine, and no time", async () => {
    await using workspace = await mixed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "json"]);
    expect(out).not.toContain(workspace.root);
    expect(out).not.toMatch(/2026-\d\d-\d\d|127\.0\.0\.1/);
  });

  it("is what --out writes, whatever goes to stdout", async () => {
    await using workspace = await mixed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "json", "--out", "p.json"]);
    expect(workspace.read("p.json")).toBe(out);
    await waybillIn(workspace, ["plan", "--out", "q.json"]);
    expect(workspace.read("q.json")).toBe(out);
  });

  it("is what apply --plan does, and no more", async () => {
    await using workspace = await mixed();
    await waybillIn(workspace, ["plan", "--out", "p.json"]);
    const { code, out } = await waybillIn(workspace, [
      "apply",
      "--plan",
      "p.json",
      "--format",
      "json",
    ]);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      schema: "waybill.dev/result/v1",
      planned: 2,
      observed: 2,
      startedAt: "2026-11-21T12:00:00.000Z",
      results: [{ status: "done" }, { status: "done" }],
    });
  });
});

describe("a verb that ends before its document", () => {
  it.for<readonly [string, readonly string[]]>([
    ["validate", ["validate"]],
    ["plan", ["plan"]],
    ["apply", ["apply", "--yes"]],
  ])("prints diagnostics on stdout under --format json: %s", async ([, args]) => {
    await using workspace = await openWorkspace();
    workspace.commit({
      [API]: promotion("api", "version: v1.1.0, digest: none, channels: [nowhere]"),
    });
    const { code, out } = await waybillIn(workspace, [...args, "--format", "json"]);
    expect(code).toBe(2);
    const document = JSON.parse(out);
    expect(document.schema).toBe("waybill.dev/diagnostics/v1");
    expect(document.diagnostics.length).toBeGreaterThan(0);
    expect(document.diagnostics[0]).toMatchObject({ file: API, severity: "error" });
  });

  it("prints them as text, as workflow commands, and as SARIF", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: promotion("api", "version: v1.1.0, digest: none") });
    const text = await waybillIn(workspace, ["plan"]);
    expect(text.out).toMatch(/^promotions\/payments\/api\.yaml:9:\d+: error [a-z-]+: /);
    const github = await waybillIn(workspace, ["plan", "--format", "github"]);
    expect(github.out).toMatch(
      /^::error file=promotions\/payments\/api\.yaml,line=9,col=\d+,title=[a-z-]+::/,
    );
    const sarif = await waybillIn(workspace, ["validate", "--format", "sarif"]);
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "waybill" } } }],
    });
  });

  it("is told apart from an empty result: validate without mistakes prints an empty document", async () => {
    await using workspace = await openWorkspace();
    const { code, out } = await waybillIn(workspace, ["validate", "--format", "json"]);
    expect({ code, document: JSON.parse(out) }).toEqual({
      code: 0,
      document: { schema: "waybill.dev/diagnostics/v1", diagnostics: [] },
    });
  });
});

describe("a plan's other forms", () => {
  it("Markdown is the plan alone on stdout", async () => {
    await using workspace = await mixed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "markdown"]);
    expect(out).toMatch(/^\*\*To do: 1 copy of .*; 1 blocked; /);
    expect(out).toContain("| copy | `v1.1.0` |");
  });

  it("SARIF has what is blocked, at the line that asks for it", async () => {
    await using workspace = await mixed();
    const { out, code } = await waybillIn(workspace, ["plan", "--format", "sarif"]);
    expect(code).toBe(4);
    const [run] = JSON.parse(out).runs;
    expect(run.results).toMatchObject([
      {
        ruleId: "foreign-move",
        level: "error",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: API },
              region: { startLine: 10 },
            },
          },
        ],
      },
    ]);
  });

  it("GitHub gets workflow commands on stdout, and Markdown in the job's summary", async () => {
    await using workspace = await mixed();
    const summary = join(workspace.root, "summary.md");
    workspace.write("summary.md", "before\n");
    const { out, code } = await waybillIn(workspace, ["plan", "--format", "github"], {
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect(code).toBe(4);
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^::(?:error|warning) /);
    expect(out).toContain("line=10");
    expect(readFileSync(summary, "utf8")).toMatch(
      /^before\n⛔ \*\*Refused as it stands\.\*\* To do: 1 copy/,
    );
  });

  it("GitHub without a summary gets the Markdown on stdout, and HEAD^1 is what it is compared with", async () => {
    await using workspace = await mixed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "github"]);
    expect(out).toContain("To do: 1 copy");
    workspace.commit({ "README.md": "later" });
    const after = await waybillIn(workspace, ["plan", "--format", "github"]);
    expect(after.out).toContain("**Touches no promotion.**");
    const all = await waybillIn(workspace, ["plan", "--format", "github", "--all"]);
    expect(all.out).toContain("**To do: 1 copy");
  });
});

describe("an apply's forms", () => {
  it.for([
    ["text", /^ {2}done {2}copy {2}payments\/api {2}v1\.1\.0 {2}registry\.oslo\.example\.com/],
    ["markdown", /^\*\*Planned 2 actions, observed 2: 2 done\. Blocked: 1\.\*\*/],
    ["github", /^::error file=.*foreign-move/],
  ] as const)("%s says what was done and what is blocked", async ([format, start]) => {
    await using workspace = await mixed();
    const { out, code } = await waybillIn(workspace, [
      "apply",
      "--yes",
      "--all",
      "--format",
      format,
    ]);
    expect(code).toBe(4);
    expect(out).toMatch(start);
    expect(out).toContain("foreign-move");
  });
});

describe("an edit's forms", () => {
  const CANDIDATE = promotion("api", versionLine("v1.1.0", app, "channels: []"));
  const PROMOTE = ["promote", "payments/api@v1.1.0", "--to", "staging"];

  it("the file's name on stdout, and the sentence on stderr; nothing where nothing changed", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: CANDIDATE });
    const first = await waybillIn(workspace, PROMOTE);
    expect(first).toMatchObject({ code: 0, out: `${API}\n` });
    expect(first.err).toContain("Promoted payments/api v1.1.0 to staging");
    const again = await waybillIn(workspace, PROMOTE);
    expect(again).toMatchObject({ code: 0, out: "" });
    expect(again.err).toContain("It says so already");
  });

  it("a document for a program", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: CANDIDATE });
    const { out } = await waybillIn(workspace, [...PROMOTE, "--format", "json"]);
    expect(JSON.parse(out)).toEqual({ file: API, changed: true });
  });

  it("every verb writes what it says", async () => {
    await using workspace = await openWorkspace();
    seed(workspace.source.repository("staging/api"), app, ["rc"]);
    const registered = await waybillIn(workspace, [
      "register",
      "payments/api@v1.1.0",
      "--tag=rc",
      "--kind=container-image",
      "--source=registry.example.com/staging/api",
    ]);
    expect(registered.code).toBe(0);
    workspace.commit();
    expect((await waybillIn(workspace, PROMOTE)).code).toBe(0);
    workspace.commit();
    expect(
      (await waybillIn(workspace, ["promote", "payments/api@v1.1.0", "--to", "prod"])).code,
    ).toBe(0);
    const pin = ["rollback", "payments/api", "--channel", "prod", "--tag", "stable"];
    expect((await waybillIn(workspace, [...pin, "--to", "v1.1.0", "--reason", "hold"])).code).toBe(
      0,
    );
    expect((await waybillIn(workspace, [...pin, "--lift"])).code).toBe(0);
    workspace.commit();
    const reason = ["payments/api@v1.1.0", "--reason", "superseded"];
    expect((await waybillIn(workspace, ["deprecate", ...reason])).code).toBe(0);
    workspace.commit();
    expect((await waybillIn(workspace, ["retire", ...reason])).code).toBe(0);
    expect(workspace.read(API)).toContain("state: retired");
    expect(workspace.read(API)).toContain(app.digest);
  });
});
