import { defineConfig, type ViteUserConfig } from "vitest/config";
import base, { FORGE } from "./vitest.config.ts";

/** Where CI wants the counts that `scripts/ci-summary.ts` adds up. */
const results = process.env["WAYBILL_RESULTS"];

/** `npm run test:forge`: pull requests, merges, chat and the bot, on a GitHub of our own over real HTTP and real git. */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [...FORGE],
    exclude: ["**/node_modules/**"],
    reporters:
      results === undefined
        ? ["default"]
        : ["default", ["json", { outputFile: `${results}/forge.json` }]],
    coverage: { enabled: false },
  },
});

export default config;
