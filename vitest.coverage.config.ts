import type { ViteUserConfig } from "vitest/config";
import { COVERAGE, SHARED } from "./vitest.config.ts";

/**
 * `npm run test:coverage`: `npm test` and `npm run test:forge` in one, and how much of the sources they must run. CI adds up
 * what both wrote down, with `--merge-reports`, and runs nothing twice.
 */
const config: ViteUserConfig = {
  test: {
    ...SHARED,
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "**/node_modules/**"],
    coverage: {
      ...COVERAGE,
      enabled: true,
      reporter: ["text-summary", "json-summary", "lcovonly"],
      thresholds: { lines: 90, branches: 85 },
    },
  },
};

export default config;
