import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Where CI wants the counts that `scripts/ci-summary.ts` adds up. */
const results = process.env["WAYBILL_RESULTS"];

/** `npm test`: everything that needs neither a network nor a program beside git and Node. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "**/node_modules/**"],
    globalSetup: ["test/support/build-bundle.ts"],
    // What the product does in a GitHub Actions job is asked for by the tests that mean it.
    // git is told the same everywhere, and as little as possible.
    // Processes that tests start from source share what was compiled of it, as bin/waybill.mjs has it.
    env: {
      GITHUB_ACTIONS: "",
      GIT_CONFIG_GLOBAL: join(import.meta.dirname, "test", "support", "gitconfig"),
      GIT_CONFIG_NOSYSTEM: "1",
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "waybill"),
    },
    // Much of a test is waiting: for git, for processes, for disks.
    maxWorkers: availableParallelism() * 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters:
      results === undefined
        ? ["default"]
        : ["default", ["json", { outputFile: `${results}/unit.json` }]],
    coverage: {
      enabled: results !== undefined,
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "lcovonly"],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});

export default config;
