import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  appendRecords,
  fetchRecords,
  named,
  pushRecords,
  readRecords,
  recordLine,
  type RecordPlace,
} from "#audit";
import type { RunRecord } from "#model";
import { notesIn, openRemote } from "#scm";
import { aRecord } from "./a-record.ts";

/** A writer that is a process of its own. */
const WRITER = fileURLToPath(new URL("./append-process.ts", import.meta.url));
const { signal } = new AbortController();
let top: string;
let commit: string;

function git(folder: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  return execFileSync("git", [...identity, ...args], {
    cwd: join(top, folder),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

async function place(clone: string): Promise<RecordPlace> {
  const folder = join(top, clone);
  const remote = await openRemote(folder, {}, signal);
  return { notes: notesIn(folder, signal), remote, now: () => new Date("2026-11-20T00:00:00Z") };
}

function of(runId: string, on = commit): RunRecord {
  return aRecord({ commit: on, runId });
}

async function runIds(at: RecordPlace, on = commit): Promise<readonly string[]> {
  return ((await readRecords(at)).get(on) ?? []).map(({ runId }) => runId);
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "waybill-records-"));
  git(".", "init", "-q", "--bare", "-b", "main", "origin.git");
  git(".", "clone", "-q", "origin.git", "a");
  git("a", "commit", "-q", "--allow-empty", "-m", "one");
  git("a", "push", "-q", "origin", "HEAD:main");
  git(".", "clone", "-q", "origin.git", "b");
  commit = git("a", "rev-parse", "HEAD");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("records in git notes", { timeout: 60_000 }, () => {
  it("000-21 are one line of canonical JSON each, under the commit that was applied", async () => {
    const a = await place("a");
    const record = of("1");
    await appendRecords(a, [record], signal);
    expect(git("a", "notes", "--ref=waybill", "show", commit)).toBe(recordLine(record));
    expect((await readRecords(a)).get(commit)).toEqual([record]);
  });

  it("are appended, never twice, oldest run first", async () => {
    const a = await place("a");
    const [late, early] = [
      aRecord({ commit, runId: "late", startedAt: "2026-11-20T10:00:00Z" }),
      aRecord({ commit, runId: "early", startedAt: "2026-11-20T09:00:00Z" }),
    ];
    await appendRecords(a, [late], signal);
    await appendRecords(a, [early], signal);
    await appendRecords(a, [late], signal);
    expect(await runIds(a)).toEqual(["early", "late"]);
  });

  it("of two clones become the union of their lines, whoever pushes last", async () => {
    const [a, b] = [await place("a"), await place("b")];
    await appendRecords(a, [of("a")], signal);
    await appendRecords(b, [of("b")], signal);
    await pushRecords(a, signal);
    await pushRecords(b, signal);
    await fetchRecords(a, signal);
    expect((await runIds(a)).toSorted()).toEqual(["a", "b"]);
    expect((await runIds(b)).toSorted()).toEqual(["a", "b"]);
    expect(git("a", "rev-parse", "refs/notes/waybill")).toBe(
      git("origin.git", "rev-parse", "refs/notes/waybill"),
    );
  });

  it("threat 22: of writers that race, each in a process of its own, are all kept", async () => {
    const writers = ["a", "b"].flatMap((clone) => [1, 2, 3].map((run) => ({ clone, run })));
    const children = writers.map(({ clone, run }) => {
      const file = join(top, `${clone}${run}.json`);
      writeFileSync(file, JSON.stringify(of(`${clone}${run}`)));
      return spawn(process.execPath, [WRITER, file], {
        cwd: join(top, clone),
        stdio: ["ignore", "ignore", "inherit"],
      });
    });
    const codes = await Promise.all(children.map(async (child) => (await once(child, "close"))[0]));
    expect(codes).toEqual(writers.map(() => 0));
    const b = await place("b");
    await fetchRecords(b, signal);
    expect((await runIds(b)).toSorted()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
    expect(git("b", "for-each-ref", "refs/waybill/scratch")).toBe("");
  }, 60_000);

  it("leave lines of others whole, and read none that was changed or hung elsewhere", async () => {
    const a = await place("a");
    const changed = recordLine(of("forged")).replace('"observed":1', '"observed":7');
    git("a", "commit", "-q", "--allow-empty", "-m", "two");
    const elsewhere = recordLine(of("elsewhere", git("a", "rev-parse", "HEAD")));
    const lines = ["a note by hand", changed, elsewhere, '{"schema":"waybill.dev/record/v1"}', "{"];
    git("a", "notes", "--ref=waybill", "add", "-m", lines.join("\n"), commit);
    await appendRecords(a, [of("ours")], signal);
    expect(await runIds(a)).toEqual(["ours"]);
    const note = git("a", "notes", "--ref=waybill", "show", commit).split("\n");
    for (const line of ["a note by hand", changed, "{"]) expect(note).toContain(line);
  });

  it("keep git's own fan-out of a large number of notes", async () => {
    const tree = git("a", "rev-parse", "HEAD^{tree}");
    const commits = Array.from({ length: 300 }, (_, at) =>
      [`commit refs/heads/many`, `committer a <a@example.com> ${at} +0000`, "data 0", ""].join(
        "\n",
      ),
    );
    execFileSync("git", ["fast-import", "--quiet"], {
      cwd: join(top, "a"),
      input: commits.join("\n"),
    });
    expect(tree).not.toBe("");
    const all = git("a", "rev-list", "many").split("\n");
    const a = await place("a");
    await appendRecords(
      a,
      all.map((each) => of("run", each)),
      signal,
    );
    await appendRecords(a, [of("last")], signal);
    expect((await readRecords(a)).size).toBe(301);
    expect(git("a", "ls-tree", "refs/notes/waybill").split("\n").length).toBeLessThan(300);
    expect(git("a", "notes", "--ref=waybill", "show", all[7] ?? "")).toContain('"runId":"run"');
  });

  it("say which right is missing where the remote takes none", async () => {
    const a = await place("a");
    const hook = join(top, "origin.git/hooks/pre-receive");
    mkdirSync(join(top, "origin.git/hooks"), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    await appendRecords(a, [of("a")], signal);
    await expect(pushRecords(a, signal)).rejects.toMatchObject({
      code: "refused",
      hint: expect.stringContaining("contents: write"),
    });
  });

  it("are kept here alone where there is no remote, and none are no failure", async () => {
    git(".", "init", "-q", "-b", "main", "alone");
    const alone = await place("alone");
    await pushRecords(alone, signal);
    await fetchRecords(alone, signal);
    expect((await readRecords(alone)).size).toBe(0);
    expect(readFileSync(join(top, "alone/.git/HEAD"), "utf8")).toContain("main");
  });
});

describe("a record's name", () => {
  it("is its content's: any other word gives another", () => {
    const { id, ...body } = aRecord({ commit: "1".repeat(40), runId: "1" });
    expect(named(body).id).toBe(id);
    expect(named({ ...body, actor: "mallory" }).id).not.toBe(id);
  });
});
