import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { readOutputs } from "../support/step-outputs.ts";
import { startRegistry, type RegistryOptions } from "../support/registry/index.ts";
import {
  CHANNELS,
  openWorkspace,
  promotion,
  SITES,
  versionLine,
  type Workspace,
} from "../support/workspace.ts";
import { makePair } from "../support/signing.ts";
import { openTrustWorkspace } from "../support/trust-workspace.ts";
import { waybillIn, type Ran } from "./captured.ts";

const app = image({ seed: "app" });
const API = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const LINE = versionLine("v1.0.0", app, "channels: [staging]");
const STAGING = promotion("api", LINE);
const CANDIDATE = promotion("api", versionLine("v1.0.0", app, "channels: []"));

/** What a step of a workflow got. */
interface Check extends Ran {
  readonly summary: string;
  readonly outputs: ReadonlyMap<string, string>;
}

function readIf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The check as a step of a job runs it. */
async function check(workspace: Workspace, ...args: readonly string[]): Promise<Check> {
  const files = {
    summary: join(workspace.root, "summary.md"),
    outputs: join(workspace.root, "outputs"),
  };
  for (const file of Object.values(files)) rmSync(file, { force: true });
  const ran = await waybillIn(workspace, ["plan", "--format", "github", ...args], {
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_OUTPUT: files.outputs,
    },
  });
  return {
    ...ran,
    summary: readIf(files.summary),
    outputs: readOutputs(readIf(files.outputs)),
  };
}

/** A repository whose base holds v1.0.0 as a candidate, with the image at its source. */
async function listed(options: RegistryOptions = {}): Promise<Workspace> {
  const workspace = await openWorkspace(options);
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({ [API]: CANDIDATE });
  return workspace;
}

function codes({ out }: Ran): readonly string[] {
  return [...out.matchAll(/^::(?:error|warning) .*?title=([a-z-]+)::/gm)].map(
    ([, code = ""]) => code,
  );
}

describe("002-04 the check of a pull request", () => {
  it("says what would be done, with the digest that the plan has", async () => {
    await using workspace = await listed();
    workspace.commit({ [API]: STAGING });
    const found = await check(workspace, "--out", "p.json");
    expect(found).toMatchObject({ code: 0, out: "" });
    expect(Object.fromEntries(found.outputs)).toEqual({
      result: "changes",
      "plan-digest": JSON.parse(workspace.read("p.json")).digest,
      changes: "2",
      destructive: "0",
    });
    expect(found.summary).toMatch(
      /^✅ \*\*To do: 1 copy of .*, 1 new tag; 0 already in place\.\*\*\n/,
    );
    expect(found.summary).toContain(
      `| payments/api | \`v1.0.0\` | \`${app.digest.slice(7, 19)}\` | registry.example.com/staging/api → **staging** | \`oslo\` |`,
    );
  });

  it("says of a pull request beside promotions that it touches none, and asks no store", async () => {
    await using workspace = await listed();
    workspace.commit({ "README.md": "words" });
    const before = workspace.requests();
    const found = await check(workspace);
    expect(found).toMatchObject({ code: 0, out: "" });
    expect(found.outputs.get("result")).toBe("none");
    expect(found.summary).toContain("Touches no promotion.");
    expect(workspace.requests()).toBe(before);
  });

  it("tells what is in place already, and steps of life, from actions", async () => {
    await using workspace = await listed();
    workspace.commit({ [API]: STAGING });
    await waybillIn(workspace, ["apply", "--yes"]);
    workspace.git("checkout", "-q", "--detach", "HEAD^1");
    const other = versionLine("v0.9.0", image({ seed: "old" }), "channels: []");
    workspace.commit({ [API]: promotion("api", LINE, other) });
    const found = await check(workspace);
    expect(found.code).toBe(0);
    expect(found.outputs.get("result")).toBe("none");
    expect(found.summary).toContain("**Nothing to do: 1 item already in place.**");
    expect(found.summary).toContain("- registers payments/api `v0.9.0`");
    expect(found.summary).toContain("- payments/api `v1.0.0` for staging at oslo");
  });

  it("says from which channel a version comes, and what is there before and after", async () => {
    await using workspace = await listed();
    const next = image({ seed: "next" });
    seed(workspace.source.repository("staging/api"), next);
    const old = versionLine("v1.0.0", app, "channels: [staging, prod]");
    workspace.commit({ [API]: promotion("api", LINE) });
    const staged = versionLine("v1.1.0", next, "channels: [staging]");
    workspace.commit({ [API]: promotion("api", old, staged) });
    await waybillIn(workspace, ["apply", "--yes"]);
    workspace.commit({
      [API]: promotion("api", old, staged.replace("[staging]", "[staging, prod]")),
    });
    const { summary } = await check(workspace);
    expect(summary).toContain("| staging → **prod** | `oslo` |");
    expect(summary).toContain("| prod | oslo | `v1.0.0` | `v1.1.0` |");
    expect(summary).toContain("**Rollback** to `v1.0.0`: ready at `oslo`.");
    workspace.git("checkout", "-q", "--detach", "HEAD^1");
    expect((await check(workspace)).summary).toContain(
      "**Rollback**: not ready: prod has no version before this one",
    );
  });

  it("counts what takes away, and shows it open", async () => {
    await using workspace = await listed();
    workspace.commit({ [API]: STAGING });
    await waybillIn(workspace, ["apply", "--yes"]);
    const retired = versionLine("v1.0.0", app, "state: retired, reason: gone, channels: []");
    workspace.commit({ [API]: promotion("api", retired) });
    const found = await check(workspace);
    expect(found.code).toBe(4);
    expect(Object.fromEntries(found.outputs)).toMatchObject({
      result: "blocked",
      destructive: "2",
    });
    const open = found.summary.split("<details>")[0] ?? "";
    expect(open).toContain("#### ⚠️ Destructive");
    expect(open).toContain("| payments/api | **delete** | `v1.0.0` |");
    expect(found.summary).toContain("- retires payments/api `v1.0.0`: gone");
  });

  it("leaves missing history to the one who checks out: exit 2 that names fetch-depth", async () => {
    await using workspace = await openWorkspace();
    const found = await check(workspace);
    expect(found.code).toBe(2);
    expect(found.out).toMatch(
      /^::error title=waybill::There is no commit HEAD\^1 .*fetch-depth: 0/,
    );
    expect(found.outputs.get("result")).toBe("invalid");
    workspace.commit({ [API]: CANDIDATE });
    expect((await check(workspace, "--since", "0".repeat(40))).out).toContain("fetch-depth");
    expect((await check(workspace, "--since", "HEAD~1")).code).toBe(0);
  });

  it("002-05 annotates the worst ten on their line and column, and the summary has all", async () => {
    await using workspace = await listed();
    const lines = Array.from({ length: 14 }, (_, at) => `version: v2.${at}.0, digest: none`);
    workspace.commit({ [API]: promotion("api", LINE, ...lines) });
    const found = await check(workspace);
    expect(found.code).toBe(2);
    const commands = found.out.trimEnd().split("\n");
    expect(commands).toHaveLength(10);
    for (const [at, command] of commands.entries()) {
      expect(command).toMatch(
        new RegExp(`^::error file=${API},line=${at + 10},col=\\d+,title=digest-form::`),
      );
    }
    expect(found.summary).toMatch(/^❌ \*\*14 errors: nothing was planned\.\*\*/);
    expect(found.summary).toContain("14 findings; 4 of them are annotated nowhere");
    expect(found.summary).toContain(`${API}:23:`);
    expect(Object.fromEntries(found.outputs)).toEqual({
      result: "invalid",
      "plan-digest": "",
      changes: "0",
      destructive: "0",
    });
  });
});

const QUOTED = STAGING.replace("project: payments", 'project: "payments"');
const REORDERED = promotion(
  "api",
  versionLine("v1.1.0", image({ seed: "b" }), "channels: []"),
  LINE,
);
const TWO = promotion("api", LINE, versionLine("v1.1.0", image({ seed: "b" }), "channels: []"));

describe("a change without effect", () => {
  it.for<
    readonly [string, 0 | 2, Readonly<Record<string, string>>, Readonly<Record<string, string>>]
  >([
    ["passes where only comments differ", 0, { [API]: STAGING }, { [API]: `# why\n${STAGING}` }],
    ["passes where only order differs", 0, { [API]: TWO }, { [API]: REORDERED }],
    [
      "passes where a comment and order differ",
      0,
      { [API]: TWO },
      { [API]: `${REORDERED}# end\n` },
    ],
    ["fails where a file says the same otherwise", 2, { [API]: STAGING }, { [API]: QUOTED }],
    [
      "passes where another file says something",
      0,
      { [API]: STAGING },
      { [API]: QUOTED, [WEB]: promotion("web", versionLine("v1.0.0", app, "channels: []")) },
    ],
    ["fails where a file has another ending", 2, {}, { "promotions/payments/web.yml": STAGING }],
    ["fails where a file lies too high", 2, {}, { "promotions/web.yaml": STAGING }],
    ["fails where a file is no YAML", 2, {}, { "promotions/payments/web.yaml.txt": STAGING }],
    ["passes for words beside promotions", 0, {}, { "promotions/README.md": "words" }],
    [
      "passes where a description changes",
      0,
      { [API]: STAGING },
      { [API]: STAGING.replace("  source:", "  description: pays\n  source:") },
    ],
  ])("%s: exit %i", async ([, code, before, after]) => {
    await using workspace = await openWorkspace();
    seed(workspace.source.repository("staging/api"), app);
    workspace.commit(before);
    workspace.commit(after);
    const found = await check(workspace);
    expect(found.code).toBe(code);
    expect(codes(found)).toEqual(code === 2 ? ["no-effect"] : []);
    expect(found.outputs.get("result") === "invalid").toBe(code === 2);
  });

  it("names the line that was written anew, and an edit of words is a step of life", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: CANDIDATE });
    workspace.commit({ [API]: CANDIDATE.replace("project: payments", "project: 'payments'") });
    expect((await check(workspace)).out).toContain(`${API},line=3,col=1,title=no-effect::`);
    workspace.commit({ [API]: CANDIDATE.replace("  source:", "  owner: us\n  source:") });
    expect((await check(workspace)).summary).toContain("- edits payments/api");
  });
});

const MORE_SITES = SITES.replace(
  "sites:\n",
  "sites:\n  bergen: { stores: { oci: registry.bergen.example.com } }\n",
);
const MORE_CHANNELS = `${CHANNELS}  lab: { to: "lab/{project}/{name}", sites: { require: [oslo] } }\n`;
const IN_LAB = promotion("api", versionLine("v1.0.0", app, "channels: [lab]"));
const [SITES_FILE, CHANNELS_FILE] = ["policies/sites.yaml", "policies/channels.yaml"];

describe("000-08 a right and its use in one pull request", () => {
  it.for<readonly [string, number, Readonly<Record<string, string>>]>([
    [
      "a changed channel and a promotion",
      2,
      { [CHANNELS_FILE]: CHANNELS.replace("after: [staging]", "after: []"), [API]: STAGING },
    ],
    ["a workflow and a promotion", 2, { ".github/workflows/x.yml": "on: push", [API]: STAGING }],
    [
      "a new trust file and a promotion",
      2,
      {
        "policies/revocations.yaml":
          "apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations: []\n",
        [API]: STAGING,
      },
    ],
    ["a new site that nothing uses", 0, { [SITES_FILE]: MORE_SITES, [API]: STAGING }],
    ["a new channel that nothing uses", 0, { [CHANNELS_FILE]: MORE_CHANNELS, [API]: STAGING }],
    ["a new channel that the promotion uses", 2, { [CHANNELS_FILE]: MORE_CHANNELS, [API]: IN_LAB }],
    ["a policy alone", 0, { [CHANNELS_FILE]: CHANNELS.replace("after: [staging]", "after: []") }],
    ["a workflow alone", 0, { ".github/workflows/x.yml": "on: push" }],
  ])("%s: exit %i", async ([, code, files]) => {
    await using workspace = await listed();
    workspace.commit(files);
    const found = await check(workspace);
    expect(found.code).toBe(code);
    expect(codes(found)).toEqual(code === 2 ? ["policy-and-promotion"] : []);
  });

  it("finds workflows at the top, wherever in the repository the promotions are", async () => {
    await using workspace = await openWorkspace();
    const inner = Object.fromEntries(
      ["policies/sites.yaml", CHANNELS_FILE, "policies/registries.yaml"].map((path) => [
        `deep/${path}`,
        workspace.read(path),
      ]),
    );
    workspace.commit(inner);
    workspace.commit({ [`deep/${API}`]: CANDIDATE, ".github/workflows/x.yml": "on: push" });
    const found = await waybillIn({ root: join(workspace.root, "deep") }, [
      "plan",
      "--format",
      "github",
    ]);
    expect(codes(found)).toEqual(["policy-and-promotion"]);
  });

  it("a policy that changes has a banner of its own", async () => {
    await using workspace = await listed();
    workspace.commit({ [CHANNELS_FILE]: MORE_CHANNELS });
    const { summary } = await check(workspace);
    expect(summary).toContain("> **This pull request edits policy**: `policies/channels.yaml`.");
  });

  it("a policy that changes shows what it would turn, as verify --policy-from does", async () => {
    await using workspace = await openTrustWorkspace();
    const other = makePair();
    workspace.commit({ "policies/trust/ci.pub": other.pem });
    const { code, summary } = await check(workspace);
    expect(code).toBe(0);
    expect(summary).toMatch(/edits policy\*\*: `policies\/trust\/ci\.pub`\. 0 decisions of 2/);
    workspace.commit({
      "policies/trust.yaml": "apiVersion: waybill.dev/v1\nkind: Trust\nnoMatch: allow\n",
    });
    const lifted = await check(workspace);
    expect(lifted.summary).toContain("1 decision of 2 about what is placed would turn.");
    expect(lifted.summary).toMatch(
      /\| payments\/api&#64;\u200bv1\.0\.0 for prod .*\| REFUSED \(unverified\) \| allowed/,
    );
  });

  it("a base without any policy is bootstrap: it validates, and contacts nobody", async () => {
    await using workspace = await openWorkspace();
    workspace.git("checkout", "-q", "--orphan", "fresh");
    workspace.git("rm", "-q", "-r", "--cached", ".");
    const policies = ["policies/sites.yaml", CHANNELS_FILE, "policies/registries.yaml"].map(
      (path) => [path, workspace.read(path)] as const,
    );
    workspace.git("clean", "-q", "-f", "-d");
    workspace.commit({ "README.md": "empty" });
    workspace.commit({ ...Object.fromEntries(policies), [API]: STAGING });
    const before = workspace.requests();
    const found = await check(workspace);
    expect(found.code).toBe(0);
    expect(found.outputs.get("result")).toBe("desired-only");
    expect(found.summary).toContain("> **Bootstrap**");
    expect(workspace.requests()).toBe(before);
  });
});

const PRIVATE: RegistryOptions = { auth: { kind: "basic", users: { me: { password: "secret" } } } };

describe("where stores cannot be read", () => {
  it("gives the desired difference, labelled so, and never 'no changes'", async () => {
    await using workspace = await listed(PRIVATE);
    workspace.commit({ [API]: STAGING });
    const found = await check(workspace);
    expect(found).toMatchObject({ code: 0, out: "" });
    expect(found.outputs.get("result")).toBe("desired-only");
    expect(found.summary).toMatch(
      /^📄 \*\*Desired difference only: `registry\.oslo\.example\.com` may not be read/,
    );
    expect(found.summary).toMatch(
      /\| payments\/api \| `v1\.0\.0` \| to be there \| staging \| oslo \|/,
    );
    expect(found.summary).not.toMatch(/nothing to do|no changes|already in place/i);
    expect((await check(workspace, "--detailed-exitcode")).code).toBe(5);
  });

  it("shows moving tags and what leaves, too", async () => {
    await using workspace = await listed(PRIVATE);
    workspace.commit({ [API]: STAGING });
    workspace.commit({
      [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]")),
    });
    expect((await check(workspace)).summary).toContain("| `stable` to name it | prod | oslo |");
    workspace.commit({
      [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging]")),
    });
    expect((await check(workspace)).summary).toContain("| **to be gone** | prod | oslo |");
  });

  it("stays unknown where a store is there and fails", async () => {
    await using workspace = await listed();
    workspace.commit({ [API]: STAGING });
    await workspace.target.close();
    const found = await check(workspace);
    expect(found.code).toBe(1);
    expect(found.outputs.get("result")).toBe("unknown");
    expect(new Set(codes(found))).toEqual(new Set(["target-unknown"]));
  });

  it("does not contact a host that is new against the base", async () => {
    await using workspace = await listed();
    await using stranger = await startRegistry();
    seed(stranger.repository("staging/web"), app);
    const text = promotion("web", LINE).replace("registry.example.com", stranger.host);
    workspace.commit({ [WEB]: text });
    const found = await check(workspace);
    expect(found.code).toBe(0);
    expect(found.outputs.get("result")).toBe("desired-only");
    expect(found.summary).toContain(
      `\`${stranger.host}\` is new against the base and was not contacted`,
    );
    expect(stranger.requests).toEqual([]);
  });

  it("contacts a host that another artifact of the base comes from", async () => {
    await using workspace = await listed();
    await using known = await startRegistry();
    seed(known.repository("staging/web"), app);
    seed(known.repository("staging/other"), app);
    workspace.commit({ [WEB]: promotion("web", LINE).replace("registry.example.com", known.host) });
    const other = promotion("other", LINE).replace("registry.example.com", known.host);
    workspace.commit({ "promotions/payments/other.yaml": other });
    const found = await check(workspace);
    expect(found.outputs.get("result")).toBe("changes");
    expect(known.requests.length).toBeGreaterThan(0);
  });
});

describe("foreign text", () => {
  const EVIL =
    "x\\n::stop-commands::now\\n##[add-mask]a @everyone <img src=x onerror=1> ::set-output name=a::b";

  it("is no command in the log, and no markup in the summary", async () => {
    await using workspace = await listed();
    workspace.commit({ [API]: promotion("api", `version: "${EVIL}", digest: none`) });
    for (const env of [{}, { GITHUB_STEP_SUMMARY: join(workspace.root, "summary.md") }]) {
      const { out, err } = await waybillIn(workspace, ["plan", "--format", "github"], { env });
      for (const line of `${out}\n${err}`.split("\n")) {
        if (/^\s*::/.test(line)) expect(line).toMatch(/^::error file=/);
        else expect(line).not.toContain("##[");
      }
    }
    const { summary } = await check(workspace);
    expect(summary).toContain("version-form");
    expect(summary).not.toMatch(/<img|(?<!`[^`]*)@everyone/);
  });

  it("in a path that git names is escaped as the runner unescapes it", async () => {
    await using workspace = await listed();
    workspace.commit({ "promotions/a,b::c%0A/x.yml": "a: 1" });
    const { out } = await check(workspace);
    expect(out).toMatch(
      /^::error file=promotions\/a%2Cb%3A%3Ac%250A\/x\.yml,line=1,col=1,title=no-effect::/,
    );
    expect(out.trimEnd().split("\n")).toHaveLength(1);
  });
});
