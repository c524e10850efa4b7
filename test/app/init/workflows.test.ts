import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { WORKFLOWS } from "../../../src/app/chat/actions-host.ts";
import { ownWorkflows, reusableWorkflows } from "../../../src/app/init/workflows/own.ts";
import { parseAction, type Tool } from "../../../src/app/init/workflows/tool.ts";
import { workflowsFor } from "../../../src/app/init/workflows/write.ts";
import { openParser } from "../../support/workflows/parser.ts";
import { breachesIn, type WorkflowFile, type WorkflowRule } from "../../support/workflows/rules.ts";

const CHANNELS = [
  { name: "dev", after: [] },
  { name: "test", after: ["dev"] },
  { name: "staging", after: ["dev", "test"] },
  { name: "prod", after: ["staging"] },
];
const OPTIONS = { channels: CHANNELS, branch: "main" };
const RELEASED: Tool = {
  kind: "action",
  action: "example/waybill",
  commit: "0123456789abcdef0123456789abcdef01234567",
  version: "v0.1.0",
};

const written = workflowsFor(RELEASED, OPTIONS);
const own = new Map([...reusableWorkflows(), ...ownWorkflows(OPTIONS)]);
const here = new Map(
  readdirSync(".github/workflows").map((name) => {
    const path = `.github/workflows/${name}`;
    return [path, readFileSync(path, "utf8")];
  }),
);
/** What a user gets, and every file of this repository. */
const ALL = [...[...written].map(([path, text]) => [`init: ${path}`, text] as const), ...here];
const check = await openParser();

describe("workflow files", () => {
  it.for(ALL)("%s is one to GitHub's own parser", ([name, text]) => {
    expect(check(name, text).errors).toEqual([]);
  });

  it.for(ALL)("002-50 002-62 %s keeps our rules", ([, text]) => {
    expect(breachesIn(text)).toEqual([]);
  });

  it.for([...own])("%s of this repository is what the templates write", ([path, text]) => {
    expect(here.get(path)).toBe(text);
  });

  it("give both checks their names, in what init writes and by the job that calls ours", () => {
    const names = [...written.values()].flatMap((text) => [
      ...text.matchAll(/^ {4}name: (waybill \/ .+)$/gm),
    ]);
    expect(names.map(([, name]) => name)).toEqual(["waybill / plan", "waybill / approval"]);
    for (const check of ["plan", "approval"]) {
      expect(own.get(`.github/workflows/waybill-${check}.yml`)).toContain(
        `  ${check}:\n    name: waybill\n`,
      );
      expect(own.get(`.github/workflows/${check}.yml`)).toContain(`    name: ${check}\n`);
    }
  });

  it("002-50 give each channel credentials, reviewers and a queue of its own", () => {
    const text = written.get(".github/workflows/waybill-apply.yml") ?? "";
    for (const { name } of CHANNELS) {
      expect(text).toContain(`    environment: waybill-${name}\n`);
      expect(text).toContain(`      group: waybill-${name}\n      queue: max\n`);
    }
    expect(text).toContain("needs: [plan, staging]");
  });

  it("give who reports the whole history, and who plans a merge queue its group's", () => {
    for (const text of [
      written.get(".github/workflows/waybill-plan.yml"),
      written.get(".github/workflows/waybill-chat.yml"),
      own.get(".github/workflows/plan.yml"),
      own.get(".github/workflows/chat.yml"),
    ]) {
      const job = /^ {2}comment:\n(?:.*\n)*/m.exec(text ?? "")?.[0] ?? "";
      expect(job.match(/fetch-depth: .+/g)).toEqual(["fetch-depth: 0"]);
      // To an expression the number 0 is false, and what stands after it would be taken.
      expect(text).not.toMatch(/&& 0 \|\|/);
    }
  });

  it("002-50 let a comment start what plans without a right to write, and what writes without a credential", () => {
    const { jobs }: WorkflowFile = parse(written.get(".github/workflows/waybill-chat.yml") ?? "");
    expect(Object.entries(jobs).map(([id, { permissions }]) => [id, permissions])).toEqual([
      ["chat", { contents: "read", "pull-requests": "write", actions: "write" }],
      ["plan", { contents: "read" }],
      ["comment", { contents: "read", "pull-requests": "write" }],
    ]);
    const asking = Object.entries(jobs).filter(([, job]) =>
      JSON.stringify(job).includes("secrets."),
    );
    expect(asking.map(([id]) => id)).toEqual(["plan"]);
  });

  it("name the workflows that a comment sets off as they are", () => {
    for (const file of Object.values(WORKFLOWS)) {
      const text = written.get(`.github/workflows/${file}`) ?? "";
      expect(text).not.toBe("");
      expect(own.has(`.github/workflows/${file}`)).toBe(true);
      if (file === WORKFLOWS.apply) expect(text).toContain("  workflow_dispatch:\n");
    }
  });

  it("never run a tool that a pull request changed", () => {
    const text = own.get(".github/workflows/plan.yml") ?? "";
    expect(text).toMatch(/ref: .*github\.event\.pull_request\.base\.sha/);
    expect(text.match(/uses: \.\/\S+/g)).toEqual(["uses: ./tool", "uses: ./tool"]);
  });

  it.for([
    "example/waybill@v1",
    "example/waybill@0123456789abcdef",
    "example/waybill",
    "example/waybill/plan@0123456789abcdef0123456789abcdef01234567",
    "a/b@0123456789abcdef0123456789abcdef01234567\n",
  ])("refuse an action that is not pinned by a whole commit: %j", (text) => {
    expect(parseAction(text)).toBeUndefined();
  });
});

const PLAN = written.get(".github/workflows/waybill-plan.yml") ?? "";
const CHAT = written.get(".github/workflows/waybill-chat.yml") ?? "";
const APPLY = written.get(".github/workflows/waybill-apply.yml") ?? "";

/** Negative controls: one edit of a good file, and the rule that has to see it. */
const EDITS: readonly (readonly [WorkflowRule, string, RegExp, string])[] = [
  ["trigger", PLAN, /pull_request:/, "pull_request_target:"],
  ["top-permissions", PLAN, /permissions: \{\}/, "permissions: write-all"],
  ["job-permissions", PLAN, /    permissions:\n      contents: read\n/, ""],
  ["unpinned", PLAN, /checkout@\S+/, "checkout@v7"],
  ["unknown-pin", PLAN, /checkout@\S+/, `checkout@${"a".repeat(40)}`],
  ["persisted-credentials", PLAN, /persist-credentials: false/, "persist-credentials: true"],
  ["secret-on-pull-request", PLAN, /environment: \{[^}]+\}/, "environment: waybill-prod"],
  ["secret-on-comment", CHAT, /environment: \{[^}]+\}/, "environment: waybill-prod"],
  [
    "secret-on-comment",
    CHAT,
    /contents: read\n    #/,
    "contents: read\n      issues: write\n    #",
  ],
  ["edited-comment", CHAT, /types: \[created\]/, "types: [created, edited]"],
  ["edited-comment", CHAT, /    if: .*startsWith.*\n/, ""],
  ["foreign-text", CHAT, /command: chat/, "command: ${{ github.event.comment.body }}"],
  ["no-timeout", PLAN, /    timeout-minutes: 15\n/, ""],
  ["filtered-check", PLAN, /    types: \[opened/, "    paths: [promotions/**]\n    types: [opened"],
  [
    "filtered-check",
    PLAN,
    /    name: waybill \/ plan\n/,
    "$&    if: github.event.pull_request.draft == false\n",
  ],
  ["filtered-check", PLAN, /  merge_group:\n    types: \[checks_requested\]\n/, ""],
  [
    "expression-in-run",
    APPLY,
    /    steps:\n/,
    "    steps:\n      - run: echo ${{ github.event.head_commit.message }}\n",
  ],
  ["write-and-registry", APPLY, /contents: read\n      pull/, "contents: write\n      pull"],
  ["cancelled-apply", APPLY, /      queue: max\n/, ""],
  [
    "inherited-secrets",
    own.get(".github/workflows/waybill-plan.yml") ?? "",
    /    uses: .*\n/,
    "$&    secrets: inherit\n",
  ],
];

describe("our rules of workflow files", () => {
  it.for(EDITS)("see %s", ([rule, text, from, to]) => {
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    expect(breachesIn(edited).map((breach) => breach.rule)).toContain(rule);
  });

  it("and GitHub's parser sees a key that there is not", () => {
    expect(check("x.yml", PLAN.replace("runs-on", "run-on")).errors).not.toEqual([]);
  });
});
