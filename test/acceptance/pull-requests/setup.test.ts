import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundled } from "../../support/bundle.ts";
import { makePair } from "../../support/signing.ts";
import { registriesTo } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const execute = promisify(execFile);
const CHECKOUT = join(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(CHECKOUT, "docs", "setup.md"), "utf8");
/** A checkout does not know its release, as the page says. */
const ACTION = `--action acme/waybill@${"0123456789".repeat(4)}`;

let story: Story;
let top: string;
let folder: string;

beforeEach(async () => {
  story = await Story.open();
  const { github } = story.workspace;
  for (const [login, id] of [
    ["alice", 583_231],
    ["bob", 583_232],
  ] as const) {
    github.addAccount(login, { id });
    github.collaborator(login, "admin");
  }
  // An empty repository, as somebody who begins has it.
  await github.repository().git.setRef("refs/heads/main", undefined);
  top = mkdtempSync(join(tmpdir(), "waybill-setup-"));
  folder = join(top, "promotions");
  mkdirSync(folder);
  mkdirSync(join(top, "programs"));
  const program = join(top, "programs", "waybill");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${bundled("waybill")}" "$@"\n`);
  chmodSync(program, 0o755);
});
afterEach(async () => {
  rmSync(top, { recursive: true, force: true });
  await story[Symbol.asyncDispose]();
});

/** Types a command of the page, which has to stand there, with what this machine needs beside it. */
async function typed(command: string, more = ""): Promise<string> {
  expect(PAGE.replaceAll(/ \\\n\s+/g, " ")).toContain(command);
  const { github } = story.workspace;
  const { stdout } = await execute("sh", ["-c", `${command} ${more}`], {
    cwd: folder,
    env: {
      ...github.env(github.userToken("bob")),
      PATH: [join(top, "programs"), process.env["PATH"] ?? ""].join(delimiter),
      HOME: top,
      GITHUB_ACTOR: "bob",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "bob",
      GIT_AUTHOR_EMAIL: "bob@example.com",
      GIT_COMMITTER_NAME: "bob",
      GIT_COMMITTER_EMAIL: "bob@example.com",
    },
  });
  return stdout;
}

describe("docs/setup.md, by its own commands", { timeout: 300_000 }, () => {
  it("002-79 004-02 000-30 goes from an empty repository to a promotion by pull request", async () => {
    const { github, source, target } = story.workspace;
    await story.workspace.git(folder, "init", "-q", "-b", "main");
    const remote = github.remote(github.userToken("bob"));
    await story.workspace.git(folder, "remote", "add", "origin", remote);
    writeFileSync(join(folder, "release.pub"), makePair().pem);

    await typed(
      "waybill init --github --example --admins alice#583231,bob#583232 --registry registry.example.com/platform --trust-key release.pub",
      ACTION,
    );
    await typed("waybill validate");
    await typed("waybill owners --codeowners > .github/CODEOWNERS");
    // The host of the page is this machine's.
    story.registries = join(top, "registries.yaml");
    writeFileSync(story.registries, registriesTo(target.host, source.host));
    await typed('git commit --allow-empty -m "Begin" && git push -u origin main');
    await typed("git switch -c setup");
    await typed('git add -A && git commit -m "Promotions" && git push -u origin setup');
    const setup = (await github.openPull({ head: "setup", author: "bob" })).number;
    const checked = await story.checks(setup);
    expect(checked.code, checked.err + checked.out).toBe(0);
    await github.merge(setup, { by: "alice" });
    const first = await story.merged();
    expect(first.code, first.err + first.out).toBe(0);
    expect([...target.repository("platform/dev/example/hello").tags.keys()]).toEqual(["v1.0.0"]);

    await typed("waybill promote example/hello@v1.0.0 --to test,staging --pr");
    const number = setup + 1;
    expect(await story.checks(number)).toMatchObject({ code: 0 });
    expect(story.comments(number)).toEqual([expect.stringContaining("example/hello")]);
    expect(await story.approval(number)).toMatchObject({ code: 4 });
    github.review(number, { by: "alice" });
    expect(await story.approval(number)).toMatchObject({ code: 0 });
    await github.merge(number, { by: "alice", method: "squash" });
    expect(await story.merged()).toMatchObject({ code: 0 });
    for (const channel of ["test", "staging"])
      expect([...target.repository(`platform/${channel}/example/hello`).tags.keys()]).toEqual([
        "v1.0.0",
      ]);

    await story.workspace.git(folder, "switch", "-q", "main");
    await story.workspace.git(folder, "pull", "-q", "origin", "main");
    const note = await typed(
      "git fetch origin refs/notes/waybill:refs/notes/waybill && git notes --ref waybill show",
    );
    expect(JSON.parse(note.trim().split("\n").at(-1) ?? "")).toMatchObject({
      prs: [number],
      approvals: [{ login: "alice", id: 583_231 }],
    });
  });
});
