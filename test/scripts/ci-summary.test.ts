import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = join(
  dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  "scripts/ci-summary.ts",
);

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-ci-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function summarise(): { readonly lines: readonly string[]; readonly status: number | null } {
  const { stdout, status } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  return { lines: stdout.trimEnd().split("\n"), status };
}

function report(
  name: string,
  counts: readonly [passed: number, failed: number, pending: number],
): void {
  const [numPassedTests, numFailedTests, numPendingTests] = counts;
  const text = JSON.stringify({ numPassedTests, numFailedTests, numPendingTests, numTodoTests: 0 });
  writeFileSync(join(folder, name), text);
}

it("adds up gates and both test runs in its last line", () => {
  writeFileSync(join(folder, "gates.tsv"), "check\t0\t12\nbuild\t0\t3\n");
  report("unit.json", [100, 0, 0]);
  report("real.json", [7, 0, 5]);
  const { lines, status } = summarise();
  expect(lines.at(-1)).toBe("109 passed, 0 failed, 5 skipped");
  expect(status).toBe(0);
});

it("says which programs were not there", () => {
  writeFileSync(join(folder, "gates.tsv"), "check\t0\t12\n");
  writeFileSync(join(folder, "missing.tsv"), "cosign\tno Go toolchain\n");
  expect(summarise().lines).toContain("not here: cosign: no Go toolchain");
});

it.for([
  ["a gate", "check\t2\t12\nbuild\t0\t3\n", [10, 0, 0], "11 passed, 1 failed, 0 skipped"],
  ["a test", "check\t0\t12\n", [10, 2, 0], "11 passed, 2 failed, 0 skipped"],
  ["everything, by not being there", "", [0, 0, 0], "0 passed, 0 failed, 0 skipped"],
] as const)("exits 1 when %s failed", ([, gates, counts, last]) => {
  writeFileSync(join(folder, "gates.tsv"), gates);
  report("unit.json", counts);
  const { lines, status } = summarise();
  expect(lines.at(-1)).toBe(last);
  expect(status).toBe(1);
});
