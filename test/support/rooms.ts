/** One folder of `src/`, what it may see, and what only it may use. */
export interface Room {
  readonly name: string;
  /** Rooms whose door it may import statically; each stands above it in the table. */
  readonly imports: readonly string[];
  /** Doors it may `import()`, so that a command that needs no network never loads one. */
  readonly lazy?: readonly string[];
  /** JSON of the repository that it may import as data, by path or folder (`schemas/`). */
  readonly data?: readonly string[];
  /** Files of its own that it may `import()`: they load what most verbs never need. */
  readonly lazyParts?: readonly string[];
  /** No network, files, clock or randomness: everything it knows is an argument. */
  readonly pure?: true;
  /** A program's entrance (`main.ts`), not a library with a door. */
  readonly shell?: true;
}

const ADAPTERS = ["stores", "trust", "scm", "inventory", "apply", "audit"] as const;
const DECIDERS = ["model", "desired", "policy", "plan", "report"] as const;

/** The rooms in the order in which data flows; a room may only import from rows above its own. */
export const ROOMS: readonly Room[] = [
  { name: "model", imports: [], pure: true },
  { name: "desired", imports: ["model"], data: ["schemas/"], pure: true },
  { name: "policy", imports: ["model"], pure: true },
  { name: "plan", imports: ["model", "policy"], pure: true },
  { name: "report", imports: ["model"], pure: true },
  { name: "stores", imports: ["model"] },
  { name: "trust", imports: ["model"], data: ["src/trust/roots/"] },
  { name: "scm", imports: ["model"], lazyParts: ["./octokit.ts"] },
  { name: "inventory", imports: ["model", "stores", "trust"] },
  { name: "apply", imports: ["model", "stores", "trust"] },
  { name: "audit", imports: ["model", "scm"] },
  {
    name: "app",
    imports: [...DECIDERS, ...ADAPTERS],
    lazy: [...DECIDERS, ...ADAPTERS],
  },
  // A service that a command line starts (decision 0017).
  { name: "bot", imports: ["app", "report", "model"], lazy: ["app"] },
  { name: "cli", imports: ["app", "report", "model"], lazy: ["app", "bot"] },
  // What a job does is what a person can type: the action writes command lines (decision 0014).
  { name: "action", imports: ["cli", "model"], shell: true },
];

/** The rooms that may import each npm package; a package that is not here has no home yet. */
export const PACKAGE_HOMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["yaml", ["desired"]],
  ["ajv", ["desired"]],
  ["semver", ["model"]],
  ["undici", ["stores"]],
  // The rooms that drive hosts, and the one that takes events, each with bounded queues of its own.
  ["p-queue", ["stores", "inventory", "apply", "bot"]],
  ["simple-git", ["scm"]],
  ["@octokit/auth-app", ["scm"]],
  ["@octokit/plugin-retry", ["scm"]],
  ["@octokit/plugin-throttling", ["scm"]],
  ["@octokit/rest", ["scm"]],
  ["@octokit/webhooks", ["bot"]],
  ["@sigstore/bundle", ["trust"]],
  ["@sigstore/core", ["trust"]],
  ["@sigstore/protobuf-specs", ["trust"]],
  ["@sigstore/verify", ["trust"]],
  ["commander", ["cli"]],
  ["@commander-js/extra-typings", ["cli"]],
]);

/**
 * Node's own ways to the network, which belong to the stores; the bot listens, and calls nobody. `node:module` would
 * bypass the walls.
 */
export const NODE_MODULE_HOMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["node:http", ["stores", "bot"]],
  ["node:https", ["stores"]],
  ["node:http2", ["stores"]],
  ["node:net", ["stores"]],
  ["node:tls", ["stores"]],
  ["node:dgram", []],
  ["node:module", []],
  ["node:vm", []],
]);

/** Names that reach for the world, and so may not occur in a pure room. */
export const IMPURE_NAMES: ReadonlySet<string> = new Set([
  "fetch",
  "process",
  "performance",
  "crypto",
  "console",
  "globalThis",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "WebSocket",
  "Temporal",
]);

/** The only file that may turn a Plan into an ApprovedPlan. */
export const APPROVE_FILE = "src/plan/approve.ts";

/** Where `trust` calls services that are named on a command line: who signs keyless, and who renews a root. Nothing verifies there. */
export const FETCHING_FILES: ReadonlySet<string> = new Set([
  "src/trust/sign/service-call.ts",
  "src/trust/tuf/mirror.ts",
]);
