import type { BuildOptions } from "esbuild";

/** How everything of ours is bundled, whatever it is for: programs that need no `node_modules` and strip no types. */
export const BUNDLED: BuildOptions = {
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  logLevel: "warning",
  // CommonJS parts of the bundle ask for Node's modules with require(), which ES modules lack.
  banner: {
    js: 'import { createRequire as __bundleRequire } from "node:module"; const require = __bundleRequire(import.meta.url);',
  },
};
