import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ran } from "../cli/captured.ts";
import { ForgeWorkspace } from "../support/forge-workspace.ts";
import { image, seed } from "../support/images.ts";
import { promotion, versionLine } from "../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [prod]"));
const JOB = {
  contents: "write",
  pull_requests: "write",
  deployments: "write",
  issues: "write",
  actions: "read",
} as const;

/** Prod for promoters of one group, with one approval of another. */
function channels(promoters: string, approvers = "sre"): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  prod:
    to: "{project}/{name}"
    sites: { require: [oslo] }
    promoters: [${promoters}]
    approvals: { count: 1, from: [${approvers}] }
`;
}

function owners(sre: string, dev = "bob"): string {
  return `apiVersion: waybill.dev/v1
kind: Owners
groups:
  sre: { people: [${sre}] }
  dev: { people: [${dev}] }
owners: []
admins: [sre]
`;
}

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({
    "policies/channels.yaml": channels("dev"),
    "policies/owners.yaml": owners("alice"),
  });
  workspace.github.collaborator("mallory", "write");
  seed(workspace.source.repository("staging/api"), app);
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function approval(number: number): Promise<Ran> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
  return workspace.run(folder, ["approval", "--pr", String(number)], { token });
}

/** Merged all the same, past every check; what a job of that merge then does. */
async function merged(number: number): Promise<Ran> {
  await workspace.github.merge(number, { by: "mallory" });
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken(JOB);
  const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };
  return workspace.run(folder, ["apply", "--on-merge"], { token, env });
}

function placed(): number {
  return workspace.target.repository("payments/api").tags.size;
}

describe(
  "threat 14: nobody gives themselves a right in the pull request that uses it",
  { timeout: 60_000 },
  () => {
    it.for<readonly [string, Readonly<Record<string, string>>, string, string]>([
      [
        "a promoter of the channel",
        {
          "policies/channels.yaml": channels("dev, mine"),
          "policies/owners.yaml": owners("alice"),
        },
        "alice",
        "mallory is no promoter of prod",
      ],
      [
        "a member of the group that promotes",
        { "policies/owners.yaml": owners("alice", "bob, mallory") },
        "alice",
        "mallory is no promoter of prod",
      ],
      [
        "an approver",
        { "policies/owners.yaml": owners("alice, dave", "bob, mallory") },
        "dave",
        "mallory is no promoter of prod",
      ],
      [
        "a channel that asks nobody",
        { "policies/channels.yaml": channels("dev").replace("count: 1", "count: 0") },
        "alice",
        "mallory is no promoter of prod",
      ],
    ])("003-33 003-29 %s", async ([, policies, by, said]) => {
      const number = await workspace.propose({ [FILE]: PROMOTED, ...policies }, { by: "mallory" });
      workspace.github.review(number, { by });
      const { code, out } = await approval(number);
      expect({ code, out }).toMatchObject({ code: 4, out: expect.stringContaining(said) });
      expect((await merged(number)).code).not.toBe(0);
      expect(placed()).toBe(0);
    });

    it.for<readonly [string, string, () => Promise<number>, string]>([
      [
        "the author of the pull request",
        "alice",
        () => workspace.propose({ [FILE]: PROMOTED }, { by: "alice" }),
        "own-pull-request",
      ],
      ["who wrote a commit of it", "alice", () => proposed({ author: "alice" }), "own-commit"],
      [
        "who is named as co-author",
        "alice",
        () => proposed({ coAuthors: ["alice"] }),
        "own-commit",
      ],
      ["who pushed somebody else's commit", "alice", pushedBy, "own-push"],
    ])("000-11 the approval of %s does not count", async ([, by, propose, why]) => {
      const policies = { "policies/owners.yaml": owners("alice", "bob, alice") };
      await workspace.github.push({ branch: "main", by: "carol", files: policies });
      const number = await propose();
      workspace.github.review(number, { by });
      const { code, out } = await approval(number);
      expect({ code, out }).toMatchObject({
        code: 4,
        out: expect.stringContaining(`${by} does not count: ${why}`),
      });
      await merged(number);
      expect(placed()).toBe(0);
    });

    it("000-11 who took a name that was given up is not who was named by number", async () => {
      const { id } = workspace.github.account("alice");
      const pinned = { "policies/owners.yaml": owners(`"alice#${id + 1}"`) };
      await workspace.github.push({ branch: "main", by: "carol", files: pinned });
      const number = await workspace.propose({ [FILE]: PROMOTED });
      workspace.github.review(number, { by: "alice" });
      expect(await approval(number)).toMatchObject({ code: 4 });
      const right = { "policies/owners.yaml": owners(`"alicia#${id}"`) };
      await workspace.github.push({ branch: "main", by: "carol", files: right });
      expect(await approval(number)).toMatchObject({ code: 0 });
    });
  },
);

interface Commit {
  readonly author?: string;
  readonly coAuthors?: readonly string[];
}

async function proposed({ author, coAuthors }: Commit): Promise<number> {
  const { github } = workspace;
  await github.push({
    branch: "change",
    by: "bob",
    files: { [FILE]: PROMOTED },
    from: "refs/heads/main",
    ...(author !== undefined && { author }),
    ...(coAuthors !== undefined && { coAuthors }),
  });
  return (await github.openPull({ head: "change", author: "bob" })).number;
}

async function pushedBy(): Promise<number> {
  const number = await workspace.propose({ [FILE]: PROMOTED });
  const files = { "README.md": "more" };
  await workspace.github.push({ branch: "change", by: "alice", author: "bob", files });
  return number;
}
