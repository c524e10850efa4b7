import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const MODULE = join(import.meta.dirname, "../../src/cli/run-as-process.ts");

/** Work that does not stop when it is asked to; the grace that it gets would never end. */
const STUBBORN = `
  globalThis.setTimeout = () => ({ unref() {} });
  const { runAsProcess } = await import(${JSON.stringify(MODULE)});
  await runAsProcess(process, (signal) => {
    signal.addEventListener("abort", () => console.log("asked to stop"));
    setInterval(() => undefined, 1000);
    console.log("working");
    return new Promise(() => undefined);
  });
`;

describe("a process that was asked to stop and does not", () => {
  it.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends at once by a second signal (%s), and says who does the rest",
    async (second) => {
      const args = ["--input-type=module", "--eval", STUBBORN];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("working")) child.kill("SIGINT");
        if (text.includes("asked to stop")) child.kill(second);
        out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
      await once(child, "close");
      expect({ code: child.exitCode, out }).toEqual({
        code: 130,
        out: "working\nasked to stop\n",
      });
      expect(err).toBe("waybill: stopped at once; the next run does what is left.\n");
    },
  );
});
