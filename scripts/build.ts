/**
 * `npm run build [FOLDER]`: bundles the CLI and the action into `dist/waybill.mjs` and `dist/action.mjs`, which need no
 * `node_modules`. What one verb needs lies in a chunk of its own, so that `--version` loads neither HTTP nor YAML.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { BUNDLED } from "./bundle-settings.ts";
import { compiledSchemas } from "./compiled-schemas.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = resolve(process.argv[2] ?? join(root, "dist"));

// A folder that is named may hold what is not ours.
if (process.argv[2] === undefined) rmSync(dist, { recursive: true, force: true });

/**
 * Of undici, only its pool and how it connects. The rest (fetch, WebSocket, caches, mocks) is a third of the bundle, and reading it takes
 * 50 ms of every command that speaks to a registry. What undici's index adds to dispatchers, `pool.request()` and the
 * like, is therefore not there: the stores use `dispatch()`. Another import of undici stops the build.
 */
const poolOfUndici: Plugin = {
  name: "pool-of-undici",
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: "pool", namespace: "of-undici" }));
    build.onLoad({ filter: /^pool$/, namespace: "of-undici" }, () => ({
      contents: `export { default as Pool } from "undici/lib/dispatcher/pool.js";
        export { default as buildConnector } from "undici/lib/core/connect.js";`,
      resolveDir: root,
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    waybill: "src/cli/main.ts",
    action: "src/action/main.ts",
    // A thread is a program of its own, beside the chunk that starts it.
    "chunks/proof-worker": "src/trust/proofs/proof-worker.ts",
  },
  ...BUNDLED,
  outdir: dist,
  chunkNames: "chunks/[name]-[hash]",
  // Names of functions cost a call for each closure. yaml's build for Node.js reads the environment for each token.
  keepNames: false,
  alias: { yaml: join(root, "node_modules/yaml/browser/index.js") },
  legalComments: "external",
  metafile: true,
  plugins: [poolOfUndici, compiledSchemas],
  define: {
    // Leaves out undici's second, experimental parser: a seventh of the bundle.
    esbuildDetection: "true",
    WAYBILL_VERSION: JSON.stringify(packageField(root, "version")),
    // Set by the release alone: which commit of which repository `init --github` writes into workflows.
    WAYBILL_ACTION: JSON.stringify(process.env["WAYBILL_ACTION"] ?? ""),
  },
});
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licences(metafile));
reportSizes();

/** The licence texts of every package that has code in the bundle, as their licences ask. */
function licences(meta: Metafile): string {
  const folders = new Set(Object.keys(meta.inputs).flatMap(packageFolder));
  return [...folders].toSorted().map(licence).join("\n");
}

/** `node_modules/a/node_modules/@b/c/d.js` lies in the package `node_modules/a/node_modules/@b/c`. */
function packageFolder(input: string): readonly string[] {
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
  return found === undefined ? [] : [found];
}

function licence(folder: string): string {
  const path = join(root, folder);
  const title = `${packageField(path, "name")} ${packageField(path, "version")}`;
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  const text =
    file === undefined ? packageField(path, "license") : readFileSync(join(path, file), "utf8");
  return `${title}\n${"=".repeat(title.length)}\n\n${text.trim()}\n`;
}

function packageField(folder: string, key: "name" | "version" | "license"): string {
  const fields: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const value = new Map<string, unknown>(Object.entries(fields ?? {})).get(key);
  if (typeof value !== "string") throw new Error(`${folder}/package.json has no ${key}`);
  return value;
}

function reportSizes(): void {
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, stat: statSync(join(dist, name)) }))
    .filter((file) => file.stat.isFile());
  const bytes = files.reduce((sum, file) => sum + file.stat.size, 0);
  const entries = ["waybill.mjs", "action.mjs"].map(
    (name) => `${name} ${kilobytes(statSync(join(dist, name)).size)}`,
  );
  console.log(
    `${entries.join(" and ")}, with their chunks and licences ${kilobytes(bytes)} in ${files.length} files`,
  );
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
