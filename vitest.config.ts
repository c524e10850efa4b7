import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ViteUserConfig } from "vitest/config";

type TestConfig = NonNullable<ViteUserConfig["test"]>;

/** Where CI wants the counts that `scripts/ci-summary.ts` adds up. */
const results = process.env["WAYBILL_RESULTS"];

/**
 * Pull requests and GitHub: a whole forge over real HTTP, with real clones, pushes and merges in each test, and the pages
 * whose commands are typed. A suite of its own (`npm run test:forge`), so that the first answer comes soon.
 */
export const FORGE: readonly string[] = [
  "test/acceptance/pull-requests/**/*.test.ts",
  "test/action/**/*.test.ts",
  "test/app/{chat,check,doctor,hostile,init,merge,notes,pr}/**/*.test.ts",
  "test/bot/**/*.test.ts",
  "test/cli/pull-request.test.ts",
  "test/docs/{console,from-a-release}.test.ts",
  "test/scm/github/**/*.test.ts",
  "test/threats/{01,02,04,10,14,22}-*.test.ts",
];

/** Of every suite; how much of it there must be is asked of all suites together (`vitest.coverage.config.ts`). */
export const COVERAGE: NonNullable<TestConfig["coverage"]> = {
  provider: "v8",
  include: ["src/**/*.ts"],
  reporter: ["text-summary"],
};

/** What every suite is run with. */
export const SHARED: TestConfig = {
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
};

/** Lines for a person; where CI asks for them, also a suite's counts, and what it ran of the sources. */
export function reportingAs(suite: string): Pick<TestConfig, "reporters" | "coverage"> {
  if (results === undefined) return { reporters: ["default"], coverage: COVERAGE };
  return {
    reporters: [
      "default",
      ["json", { outputFile: `${results}/${suite}.json` }],
      ["blob", { outputFile: `${results}/blobs/${suite}.json` }],
    ],
    coverage: { ...COVERAGE, enabled: true },
  };
}

/** `npm test`: what needs neither a network nor a program beside git and Node, but for the forge. */
const config: ViteUserConfig = {
  test: {
    ...SHARED,
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", ...FORGE, "**/node_modules/**"],
    ...reportingAs("unit"),
  },
};

export default config;
