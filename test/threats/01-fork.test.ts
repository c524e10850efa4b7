import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { WorkflowFile } from "../support/workflows/rules.ts";
import { breachesIn } from "../support/workflows/rules.ts";
import { APP, API, applyJob, openForge, staged, writesOf } from "./merging.ts";

const FOLDER = ".github/workflows";
const FILES = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]);

describe("threat 1: a fork's pull request runs with secrets", { timeout: 60_000 }, () => {
  it.for(FILES)("%s gives a pull request neither a secret nor its own tool", ([, text = ""]) => {
    expect(breachesIn(text)).toEqual([]);
    const workflow: WorkflowFile = parse(text);
    if (!Object.hasOwn(workflow.on, "pull_request")) return;
    // A negative control for the rules: the event that lends its rights to a stranger's code.
    const lent = text.replace(/^ {2}pull_request:/m, "  pull_request_target:");
    expect(breachesIn(lent).map(({ rule }) => rule)).toContain("trigger");
  });

  it("its check asks the forge nothing, writes nowhere, and its token cannot comment", async () => {
    await using workspace = await openForge();
    const { github } = workspace;
    await github.fork("mallory");
    const files = { [API]: staged({ "v1.0.0": APP }) };
    const repository = "mallory/promotions";
    await github.push({ branch: "change", by: "mallory", files, repository });
    const { number } = await github.openPull({ head: "mallory:change", author: "mallory" });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const token = github.forkToken({ contents: "read", pull_requests: "write" });
    const asked = github.requests.length;
    const planned = await workspace.run(
      folder,
      ["plan", "--format", "github", "--out", "check.json"],
      { token },
    );
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.out).toContain("payments/api");
    expect(github.requests.slice(asked)).toEqual([]);
    const args = ["pr", "report", "--plan", "check.json", "--pr", String(number)];
    const { code, err } = await workspace.run(folder, args, { token });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("write") });
    expect([...github.repository().comments.values()]).toEqual([]);
    expect(writesOf(workspace)).toEqual([]);
  });

  it("nothing is applied in the job of a pull request, whatever its token may", async () => {
    await using workspace = await openForge();
    const number = await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const job = { GITHUB_REF_NAME: `${number}/merge`, GITHUB_EVENT_NAME: "pull_request" };
    const commit = `refs/pull/${number}/merge`;
    expect(await applyJob(workspace, { commit, env: job })).toMatchObject({ code: 2 });
    // Nor where the job says that it is of the branch: the commit is not on it.
    expect(await applyJob(workspace, { commit })).not.toMatchObject({ code: 0 });
    expect(writesOf(workspace)).toEqual([]);
    await workspace.github.merge(number, { by: "dave" });
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
  });
});
