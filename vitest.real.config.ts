import { defineConfig } from "vitest/config";

/** Where CI wants the counts that `scripts/ci-summary.ts` adds up. */
const results = process.env["WAYBILL_RESULTS"];

/** `npm run test:real`: against real registries and programs, which `.ci/run` puts on PATH. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    passWithNoTests: true,
    globalSetup: ["test/support/build-bundle.ts"],
    // What the product does in a GitHub Actions job is asked for by the tests that mean it.
    env: { GITHUB_ACTIONS: "" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    reporters:
      results === undefined
        ? ["default"]
        : ["default", ["json", { outputFile: `${results}/real.json` }]],
  },
});

export default config;
