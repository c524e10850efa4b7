import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { waybill, type Ran } from "../../cli/captured.ts";
import { FakeGitHub } from "../../support/github/index.ts";

const ACTION = "example/waybill@0123456789abcdef0123456789abcdef01234567";
const ACTIONS_APP = 15_368;

/** Rules as GitHub answers them, that want nothing more. */
const RULES = [
  {
    type: "pull_request",
    parameters: {
      required_approving_review_count: 1,
      dismiss_stale_reviews_on_push: true,
      require_last_push_approval: true,
      require_code_owner_review: true,
      required_review_thread_resolution: false,
    },
  },
  {
    type: "required_status_checks",
    parameters: {
      strict_required_status_checks_policy: true,
      required_status_checks: ["waybill / plan", "waybill / approval"].map((context) => ({
        context,
        integration_id: ACTIONS_APP,
      })),
    },
  },
  { type: "non_fast_forward" },
  { type: "deletion" },
];

function environment(name: string): Readonly<Record<string, unknown>> {
  const url = "https://example.com/e";
  const at = "2026-11-20T00:00:00Z";
  const isProd = name === "waybill-prod";
  return {
    id: 1,
    node_id: "e",
    name,
    url,
    html_url: url,
    created_at: at,
    updated_at: at,
    protection_rules: isProd
      ? [
          {
            id: 1,
            node_id: "r",
            type: "required_reviewers",
            prevent_self_review: true,
            reviewers: [{}],
          },
        ]
      : [],
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
  };
}

/** A repository that is set up as it should be, here and on the forge. */
async function healthy(): Promise<{ readonly github: FakeGitHub; readonly root: string }> {
  const github = await FakeGitHub.start();
  const root = mkdtempSync(join(tmpdir(), "waybill-doctor-"));
  onTestFinished(async () => {
    rmSync(root, { recursive: true, force: true });
    await github[Symbol.asyncDispose]();
  });
  execFileSync("git", ["init", "-q", "-b", "main", root]);
  const ran = await waybill(["-C", root, "init", "--github", "--action", ACTION]);
  expect(ran.code).toBe(0);
  const repository = github.repository();
  repository.rules.set("main", RULES);
  for (const name of ["dev", "test", "staging", "prod"])
    repository.environments.set(`waybill-${name}`, environment(`waybill-${name}`));
  return { github, root };
}

interface Looked extends Ran {
  /** Codes of what to change, and of what could not be read. */
  readonly change: readonly string[];
  readonly unknown: readonly string[];
}

async function look(
  { github, root }: { readonly github: FakeGitHub; readonly root: string },
  token: string,
): Promise<Looked> {
  const ran = await waybill(["-C", root, "doctor", "--format", "json"], { env: github.env(token) });
  const { findings } = JSON.parse(ran.out);
  function codes(status: string): readonly string[] {
    return findings.flatMap((one: { check: string; status: string }) =>
      one.status === status ? [one.check] : [],
    );
  }
  return { ...ran, change: codes("change"), unknown: codes("unknown") };
}

function admin(github: FakeGitHub): string {
  github.collaborator("root", "admin");
  return github.userToken("root");
}

describe("waybill doctor", () => {
  it("002-50 finds nothing to change in what init writes and the docs ask for", async () => {
    const place = await healthy();
    const found = await look(place, admin(place.github));
    expect(found).toMatchObject({ code: 0, change: [], unknown: [] });
    expect(place.github.violations).toEqual([]);
    const text = await waybill(["-C", place.root, "doctor"], {
      env: place.github.env(admin(place.github)),
    });
    expect(text.out).toContain("0 to change, 0 not read");
  });

  it("says of a fresh repository everything that there is to do", async () => {
    const place = await healthy();
    const repository = place.github.repository();
    repository.rules.clear();
    repository.environments.clear();
    Object.assign(repository.settings, {
      workflowPermissions: "write",
      workflowsApprove: true,
      immutableSubject: false,
    });
    rmSync(join(place.root, ".github"), { recursive: true });
    const { code, change } = await look(place, admin(place.github));
    expect(code).toBe(4);
    expect(change).toEqual([
      "job-plan",
      "job-approval",
      "plan-job",
      "channel-jobs",
      "pull-request",
      "required-plan",
      "required-approval",
      "merge-order",
      "history",
      "environment-dev",
      "environment-test",
      "environment-staging",
      "environment-prod",
      "workflow-rights",
      "workflow-approvals",
      "oidc-subject",
    ]);
  });

  it.for<readonly [string, (rules: string) => string]>([
    [
      "stale-approvals",
      (rules) =>
        rules.replace(
          '"dismiss_stale_reviews_on_push":true',
          '"dismiss_stale_reviews_on_push":false',
        ),
    ],
    [
      "stale-approvals",
      (rules) =>
        rules.replace('"require_last_push_approval":true', '"require_last_push_approval":false'),
    ],
    [
      "code-owners",
      (rules) =>
        rules.replace('"require_code_owner_review":true', '"require_code_owner_review":false'),
    ],
    [
      "pull-request",
      (rules) =>
        rules.replace('"required_approving_review_count":1', '"required_approving_review_count":0'),
    ],
    [
      "merge-order",
      (rules) =>
        rules.replace(
          '"strict_required_status_checks_policy":true',
          '"strict_required_status_checks_policy":false',
        ),
    ],
    ["required-approval", (rules) => rules.replace("waybill / approval", "approval")],
    ["required-plan", (rules) => rules.replace(/,"integration_id":\d+/, "")],
    ["history", (rules) => rules.replace("non_fast_forward", "required_linear_history")],
    ["history", (rules) => rules.replace('"deletion"', '"required_linear_history"')],
  ])("003-33 sees the branch rule that is wanting: %s", async ([check, edit]) => {
    const place = await healthy();
    place.github.repository().rules.set("main", JSON.parse(edit(JSON.stringify(RULES))));
    expect((await look(place, admin(place.github))).change).toEqual([check]);
  });

  it("takes a merge queue for branches that are up to date", async () => {
    const place = await healthy();
    const rules = JSON.parse(JSON.stringify(RULES).replace('policy":true', 'policy":false'));
    const parameters = {
      check_response_timeout_minutes: 60,
      grouping_strategy: "ALLGREEN",
      max_entries_to_build: 5,
      max_entries_to_merge: 5,
      merge_method: "MERGE",
      min_entries_to_merge: 1,
      min_entries_to_merge_wait_minutes: 5,
    };
    place.github.repository().rules.set("main", [...rules, { type: "merge_queue", parameters }]);
    expect((await look(place, admin(place.github))).change).toEqual([]);
  });

  it("sees an environment that any branch, or one person alone, can deploy to", async () => {
    const place = await healthy();
    const { environments } = place.github.repository();
    environments.set("waybill-prod", {
      ...environment("waybill-prod"),
      protection_rules: [],
      deployment_branch_policy: null,
    });
    expect((await look(place, admin(place.github))).change).toEqual([
      "environment-prod-branches",
      "environment-prod-reviewers",
    ]);
  });

  it.for<readonly [string, string, string | RegExp, string]>([
    ["pins", "waybill-plan.yml", /@[0-9a-f]{40} # v/, "@v"],
    ["triggers", "waybill-drift.yml", "schedule:", "workflow_run:"],
    [
      "job-plan",
      "waybill-plan.yml",
      "    name: waybill / plan\n",
      "    name: waybill / plan\n    if: github.actor != 'x'\n",
    ],
    ["job-approval", "waybill-approval.yml", "name: waybill / approval", "name: approval"],
    ["plan-job", "waybill-plan.yml", "      contents: read\n", "      contents: write\n"],
    [
      "plan-job",
      "waybill-plan.yml",
      /    permissions:\n(?:      [^\n]+\n)+/,
      "    permissions: write-all\n",
    ],
    [
      "plan-job",
      "waybill-plan.yml",
      /^permissions: \{\}$|    permissions:\n(?:      [^\n]+\n)+/gm,
      "",
    ],
    ["channel-jobs", "waybill-apply.yml", "channel: staging", "channel: stage"],
    ["workflow-files", "waybill-drift.yml", "jobs:", "jobs: *all"],
  ])("sees in workflows what takes their promise away: %s", async ([check, file, from, to]) => {
    const place = await healthy();
    const path = join(place.root, ".github/workflows", file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(from, to));
    expect(readFileSync(path, "utf8")).not.toBe(text);
    expect((await look(place, admin(place.github))).change).toContain(check);
  });

  it("names the right of what GITHUB_TOKEN cannot read, and answers the rest", async () => {
    const place = await healthy();
    const found = await look(
      place,
      place.github.actionsToken({ contents: "read", actions: "read" }),
    );
    expect(found).toMatchObject({ code: 3, change: [], unknown: ["workflow-rights"] });
    expect(found.out).toContain("administration: read");
  });

  it("says without a token that there is none: exit 1 and nothing guessed", async () => {
    const { github, root } = await healthy();
    const ran = await waybill(["-C", root, "doctor"], { env: github.env() });
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain("There is no token");
  });
});
