import { defineConfig } from "vitest/config";

/** `npm test`: everything that needs neither a network nor a program beside git and Node. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "**/node_modules/**"],
    testTimeout: 10_000,
    hookTimeout: 10_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "lcovonly"],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});

export default config;
