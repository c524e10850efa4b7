import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validate } from "#app";
import { readFiles } from "../../src/app/read-files.ts";
import { calm } from "./run.ts";

const NOBODY = 65534;
let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "waybill-unreadable-"));
  chmodSync(top, 0o755);
  mkdirSync(join(top, "promotions"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** Does something as somebody whom the rights of files count for. */
async function asAnybody<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function told(work: () => Promise<unknown>): Promise<string> {
  return asAnybody(work).then(
    () => "nothing",
    (error: unknown) => String(error),
  );
}

describe("what nobody may look at", () => {
  it("is the promotions repository: it is not told as a folder that is not there", async () => {
    mkdirSync(join(top, "closed/inside"), { recursive: true });
    chmodSync(join(top, "closed"), 0o000);
    const root = join(top, "closed/inside");
    expect(await told(() => validate({ root, base: undefined }, calm()))).toContain(
      `The folder ${root} cannot be looked at (EACCES).`,
    );
    const none = join(top, "none");
    expect(await told(() => validate({ root: none, base: undefined }, calm()))).toContain(
      `There is no folder ${none}.`,
    );
  });

  it("is what a link leads to: it is not told as one that leads out", async () => {
    mkdirSync(join(top, "closed"));
    writeFileSync(join(top, "closed/a.yaml"), "a");
    symlinkSync("../closed/a.yaml", join(top, "promotions/a.yaml"));
    chmodSync(join(top, "closed"), 0o000);
    expect(await told(() => readFiles(top, calm()))).toContain(
      "promotions/a.yaml could not be read (EACCES).",
    );
  });

  it("is the folder above promotions/: that there are no promotions is not known", async () => {
    const root = join(top, "repository");
    mkdirSync(join(root, "promotions"), { recursive: true });
    chmodSync(root, 0o600);
    expect(await told(() => readFiles(root, calm()))).toContain("EACCES");
  });
});

describe("a link that leads nowhere", () => {
  it.for([
    ["to itself", "a.yaml"],
    ["to a name that no file can have", "x".repeat(300)],
    ["below a file", "b.yaml/c"],
    ["to nothing", "none"],
  ])("%s leads out of the tree", async ([, target = ""]) => {
    writeFileSync(join(top, "promotions/b.yaml"), "b");
    symlinkSync(target, join(top, "promotions/a.yaml"));
    expect(await readFiles(top, calm())).toEqual([
      { path: "promotions/a.yaml", text: "", symlink: "outside" },
      { path: "promotions/b.yaml", text: "b" },
    ]);
  });
});
