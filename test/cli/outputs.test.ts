import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextOf } from "../../src/cli/options.ts";
import { processShell } from "../../src/cli/shell.ts";
import { sayOutput } from "../../src/cli/verbs/pr.ts";
import { fileCommandsIn } from "../app/hostile/runner.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-outputs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("an output of a step", () => {
  it.for([
    "https://github.com/acme/promotions/pull/1#issuecomment-2",
    "x\nresult=none",
    "x\r\nresult<<EOF\nnone\nEOF",
    "waybill-00000000\nresult=none",
    "",
  ])("is one, whatever its value: %j", async (value) => {
    const file = join(folder, Math.random().toString());
    const shell = { ...processShell(process), env: { GITHUB_OUTPUT: file } };
    await sayOutput(contextOf({}, shell), "comment-url", value);
    expect([...fileCommandsIn(readFileSync(file, "utf8"))]).toEqual([["comment-url", value]]);
  });
});
