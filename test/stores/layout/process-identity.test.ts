import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { stateOf, thisProcess } from "../../../src/stores/layout/process-identity.ts";

const TELLS = existsSync("/proc/self/stat");

describe("another process", () => {
  it("is alive where it is this one", async () => {
    expect(await stateOf(await thisProcess())).toBe("alive");
  });

  it("is dead where no process has its id", async () => {
    expect(await stateOf({ ...(await thisProcess()), pid: 4_194_305 })).toBe("dead");
  });

  it("is dead where its id is another process's now", async () => {
    const reused = { ...(await thisProcess()), started: "1" };
    expect(await stateOf(reused)).toBe(TELLS ? "dead" : "alive");
  });

  it("is dead where its parent has not asked for it yet", async () => {
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    try {
      for await (const line of createInterface({ input: parent.stdout })) {
        const killed = { ...(await thisProcess()), pid: Number(line), started: "" };
        await expect.poll(() => stateOf(killed), { timeout: 5_000 }).toBe(TELLS ? "dead" : "alive");
        break;
      }
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it("is not known where it is on another machine", async () => {
    expect(await stateOf({ ...(await thisProcess()), host: "elsewhere" })).toBe("unknown");
  });
});
