import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { NOTE_SECTIONS, sortNotes } from "../../src/report/notes/sections.ts";
import { bundled } from "../support/bundle.ts";
import { openNotesWorld, READS, SOURCE, type NotesWorld } from "../app/notes/world.ts";
import { promotion, versionLine } from "../support/workspace.ts";
import { openParser } from "../support/workflows/parser.ts";
import { breachesIn } from "../support/workflows/rules.ts";

const PAGE = "docs/from-a-release.md";
const page = readFileSync(PAGE, "utf8");
const WORKFLOWS = [...page.matchAll(/^```yaml\n# (\.github\/workflows\/\S+)\n([^]*?)^```$/gm)].map(
  ([, name = "", text = ""]) => [name, text] as const,
);
const parseWorkflow = await openParser();

/** As `waybill init` writes them, without the registries of a user. */
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [oslo] } }
  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] } }
  staging: { to: "staging/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [oslo] } }
`;

let world: NotesWorld;
let folder: string;
let programs: string;
let promoter: string;
let own: string;

/** A runner whose `waybill` is this checkout's, and whose `npm` and `docker` do nothing. */
beforeAll(async () => {
  world = await openNotesWorld();
  const { github } = world.workspace;
  const old = await world.build("v1.0.0", [{ title: "The first" }]);
  await world.build("v1.1.0-rc.7", [{ title: "New checkout", body: "Try: a card of 2031" }]);
  await world.build("v1.1.0", [{ title: "Drop XML", labels: ["breaking"] }]);
  folder = await world.checkout({
    "policies/channels.yaml": CHANNELS,
    "promotions/payments/api.yaml": promotion(
      "api",
      versionLine("v1.0.0", old, "channels: [dev, test, staging]"),
    ),
  });
  const writes = { contents: "write", pull_requests: "write" } as const;
  promoter = github.installationToken(github.addApp({ slug: "promoter", permissions: writes }));
  own = github.actionsToken(READS);
  programs = mkdtempSync(join(tmpdir(), "waybill-programs-"));
  const waybill = `exec "${process.execPath}" "${bundled("waybill")}" "$@"`;
  for (const [name, does] of [
    ["waybill", waybill],
    ["npm", "exit 0"],
    ["docker", "exit 0"],
  ] as const) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${does}\n`);
    chmodSync(join(programs, name), 0o755);
  }
}, 60_000);
afterAll(async () => {
  rmSync(programs, { recursive: true, force: true });
  const { violations } = world.workspace.github;
  await world[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

interface Step {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

/** Runs a job's own commands as the runner does, each in a shell of its own. */
async function runJob(text: string, job: string, version: string): Promise<readonly string[]> {
  const workflow: Workflow = parse(text);
  const values = new Map([
    ["needs.build.outputs.version", version],
    ["steps.token.outputs.token", promoter],
    ["github.token", own],
  ]);
  const said: string[] = [];
  for (const { run, env = {} } of workflow.jobs[job]?.steps ?? []) {
    if (run === undefined) continue;
    const given = Object.entries(env).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ (\S+) \}\}/g, (_, key: string) => values.get(key) ?? "none"),
    ]);
    said.push(await runStep(run, Object.fromEntries(given)));
  }
  return said;
}

async function runStep(run: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
    cwd: folder,
    env: {
      ...world.workspace.github.env(undefined, SOURCE),
      GITHUB_ACTIONS: "true",
      GITHUB_ACTOR: "bob",
      HOME: folder,
      ...env,
      PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  expect((await once(child, "close"))[0], run).toBe(0);
  return out;
}

describe(PAGE, () => {
  it("has a workflow for candidates and one for releases", () => {
    expect(WORKFLOWS.map(([name]) => name)).toEqual([
      ".github/workflows/candidate.yml",
      ".github/workflows/release.yml",
    ]);
  });

  it.for(WORKFLOWS)(
    "002-50 002-62 %s is one to GitHub's own parser, and keeps our rules",
    ([name, text]) => {
      expect(parseWorkflow(name, text).errors).toEqual([]);
      expect(breachesIn(text)).toEqual([]);
    },
  );

  it(
    "002-63 a push to main proposes a candidate that says what to try",
    { timeout: 60_000 },
    async () => {
      const [, text = ""] = WORKFLOWS[0] ?? [];
      const [, , said = ""] = await runJob(text, "propose", "v1.1.0-rc.7");
      expect(JSON.parse(said)).toMatchObject({ branch: "waybill/payments/api/dev+test" });
      const pull = [...world.workspace.github.repository().pulls.values()].at(-1);
      expect(pull).toMatchObject({ author: { login: "promoter[bot]" }, state: "open" });
      expect(pull?.body).toContain("`v1.1.0-rc.7`: **registered** → **dev** → **test**");
      expect(pull?.body).toContain("- [ ] New checkout (no. 2, bob): a card of 2031");
      // The App writes to the promotions repository; the application is read with its own job's token.
      const { requests } = world.workspace.github;
      const reads = requests.filter(({ path }) => path.includes("/acme/api/compare/"));
      expect(new Set(reads.map(({ by }) => by))).toEqual(new Set(["github-actions[bot]"]));
    },
  );

  it(
    "002-07 a tag proposes the release, and whoever pushed it is named",
    { timeout: 60_000 },
    async () => {
      const [, text = ""] = WORKFLOWS[1] ?? [];
      const [, , said = ""] = await runJob(text, "propose", "v1.1.0");
      const { branch, commit }: { branch: string; commit: string } = JSON.parse(said);
      expect(branch).toBe("waybill/payments/api/dev+test+staging");
      const { git, pulls } = world.workspace.github.repository();
      expect((await git.facts(commit)).message).toContain("Waybill-Asked-By: bob");
      const body = [...pulls.values()].at(-1)?.body ?? "";
      expect(body).toContain("`v1.1.0`: **registered** → **dev** → **test** → **staging**");
      expect(body).toContain("**Breaking**\n\n- Drop XML (no. 3, bob)");
    },
  );

  it("002-23 lists the labels and lines that there are", () => {
    const rows = [
      ...page.matchAll(/^\| (try|breaking|security|schema|upgrade) +\| (.+?) +\| (.+?) +\|$/gm),
    ];
    expect(rows.map(([, name]) => name)).toEqual(["try", ...NOTE_SECTIONS]);
    for (const [, name = "", labels = "", lines = ""] of rows) {
      const words = [...labels.matchAll(/`([a-z-]+)`/g)].map(([, label = ""]) => ({
        labels: [label],
        body: "",
      }));
      const trailers = [...lines.matchAll(/`([A-Z][a-z]+): …`/g)].map(([, key = ""]) => ({
        labels: [],
        body: `${key}: x`,
      }));
      expect(words.length * trailers.length).toBeGreaterThan(0);
      for (const one of [...words, ...trailers]) {
        const change = { number: 1, title: "x", author: "bob", mergedAt: "", ...one };
        const { sections, tries } = sortNotes([change]);
        const found = { ...sections, try: tries };
        expect(
          Object.entries(found)
            .filter(([, entries]) => entries.length > 0)
            .map(([key]) => key),
        ).toEqual([name]);
      }
    }
  });
});
