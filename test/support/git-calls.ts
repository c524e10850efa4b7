import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Every process of git that this one starts while it is watched, by its arguments without settings. */
export interface GitCalls extends Disposable {
  /** What was called since the last time. */
  take(): readonly string[];
}

/** Puts a git before the real one that writes down how it is called. */
export function watchGit(): GitCalls {
  const folder = mkdtempSync(join(tmpdir(), "waybill-git-calls-"));
  const log = join(folder, "log");
  const path = process.env["PATH"] ?? "";
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, "git"), script);
  chmodSync(join(folder, "git"), 0o755);
  process.env["PATH"] = `${folder}${delimiter}${path}`;
  return {
    take() {
      const calls = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
      rmSync(log, { force: true });
      return calls.map((call) => call.replaceAll(/(?:-c \S+|--no-optional-locks) /g, ""));
    },
    [Symbol.dispose]() {
      process.env["PATH"] = path;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
