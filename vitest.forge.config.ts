import type { ViteUserConfig } from "vitest/config";
import { FORGE, reportingAs, SHARED } from "./vitest.config.ts";

/** `npm run test:forge`: pull requests, merges, chat and the bot, on a GitHub of our own over real HTTP and real git. */
const config: ViteUserConfig = {
  test: { ...SHARED, include: [...FORGE], ...reportingAs("forge") },
};

export default config;
