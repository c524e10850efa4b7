import { defineConfig } from "vitest/config";

/** `npm run test:real`: against real registries and programs, which `.ci/run` puts on PATH. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});

export default config;
