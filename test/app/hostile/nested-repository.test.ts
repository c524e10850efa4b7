import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { image } from "../../support/images.ts";
import { startWaybill } from "../../support/real/waybill.ts";
import { CHANNELS, promotion, SITES, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });

/** A repository whose promotions lie in `deploy/`; what it would run leaves a mark beside it. */
class Checkout implements Disposable {
  readonly top: string = mkdtempSync(join(tmpdir(), "waybill-hostile-"));
  readonly root: string = join(this.top, "tree", "deploy");
  readonly mark: string = join(this.top, "it-ran");

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode: 0o755 });
  }

  git(...args: readonly string[]): void {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    const cwd = join(this.top, "tree");
    execFileSync("git", [...identity, ...args], { cwd, stdio: "pipe" });
  }

  commit(): void {
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", "a change");
  }

  [Symbol.dispose](): void {
    rmSync(this.top, { recursive: true, force: true });
  }
}

function open(): Checkout {
  const checkout = new Checkout();
  checkout.write("policies/sites.yaml", SITES);
  checkout.write("policies/channels.yaml", CHANNELS);
  checkout.git("init", "-q", "-b", "main");
  checkout.commit();
  checkout.write(
    "promotions/payments/api.yaml",
    promotion("api", versionLine("v1.0.0", app, "channels: []")),
  );
  checkout.commit();
  return checkout;
}

/** Everything that makes git take a folder for a repository, with a setting that runs a program. */
function makeRepository(checkout: Checkout, setting: string): void {
  checkout.write("HEAD", "ref: refs/heads/main\n");
  checkout.write("objects/keep", "");
  checkout.write("refs/keep", "");
  checkout.write("hook", `#!/bin/sh\ntouch '${checkout.mark}'\n`);
  checkout.write(
    "config",
    `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\t${setting} = ./hook\n`,
  );
}

describe("a promotions folder that a pull request makes a git repository of its own", () => {
  it.for([["plan", "--format", "github"], ["plan", "--all"], ["validate"], ["apply", "--yes"]])(
    "%s runs nothing that its config names",
    { timeout: 30_000 },
    async (args) => {
      using checkout = open();
      makeRepository(checkout, "fsmonitor");
      checkout.commit();
      const { ended } = startWaybill([...args, "-C", "deploy"], {
        cwd: join(checkout.top, "tree"),
      });
      const { code, stdout, stderr } = await ended;
      expect(existsSync(checkout.mark)).toBe(false);
      expect({ code, said: stdout + stderr }).toMatchObject({
        code: 2,
        said: expect.stringContaining("git repository of its own"),
      });
    },
  );

  it("the setting would have run: git by itself does it", () => {
    using checkout = open();
    makeRepository(checkout, "fsmonitor");
    try {
      execFileSync("git", ["status"], { cwd: checkout.root, stdio: "pipe" });
    } catch {
      // git may fail after it ran the program.
    }
    expect(existsSync(checkout.mark)).toBe(true);
  });
});
