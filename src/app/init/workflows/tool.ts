import { PINS, usesPin } from "./pins.ts";

/** Where the jobs of a workflow take Waybill from. */
export type Tool =
  /** A released action, by commit. */
  | {
      readonly kind: "action";
      readonly action: string;
      readonly commit: string;
      readonly version: string | undefined;
    }
  /** The repository of the reusable workflow itself, built by the job: this repository before its release. */
  | { readonly kind: "own" };

/** Lines of YAML, at the indentation of where they go. */
export type Lines = readonly string[];

/** Reads `OWNER/REPO@SHA`; undefined for anything else, a tag or a branch included. */
export function parseAction(text: string): Tool | undefined {
  const [, action, commit] =
    /^([A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100})@([0-9a-f]{40})$/.exec(text) ?? [];
  if (action === undefined || commit === undefined) return undefined;
  return { kind: "action", action, commit, version: undefined };
}

/** What one step asks of Waybill. */
export interface Ask {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly command: string;
  /** Further inputs, by name. */
  readonly with?: Readonly<Record<string, string>>;
  /** Which environment's secret holds what registries ask for. */
  readonly registries?: true;
  /** Takes statements from checks of the App that the repository's variable names, too; none where it names none. */
  readonly app?: true;
}

/** The step that runs Waybill. */
export function runTool(tool: Tool, ask: Ask): Lines {
  const inputs = { command: ask.command, ...directoryOf(tool), ...ask.with };
  return step({
    ...(ask.name !== undefined && { name: ask.name }),
    ...(ask.id !== undefined && { id: ask.id }),
    ...(ask.if !== undefined && { if: ask.if }),
    uses: usesTool(tool),
    with: inputs,
    ...(ask.registries === true && {
      env: {
        WAYBILL_REGISTRY_AUTH: "${{ secrets.WAYBILL_REGISTRY_AUTH }}",
        ...(ask.app === true && {
          WAYBILL_GITHUB_APP_ID: "${{ vars.WAYBILL_GITHUB_APP_ID }}",
        }),
      },
    }),
  });
}

function usesTool(tool: Tool): string {
  if (tool.kind === "own") return "./tool";
  const comment = tool.version === undefined ? "" : ` # ${tool.version}`;
  return `${tool.action}@${tool.commit}${comment}`;
}

function directoryOf(tool: Tool): Readonly<Record<string, string>> {
  return tool.kind === "own" ? { directory: "tree" } : {};
}

export interface Checkout {
  readonly name: string;
  readonly depth: string;
  /** A commit; where not given, what the event is about. */
  readonly ref?: string;
}

/** Gets the promotions repository, as data; and before it the tool, where the tool is no released action. */
export function checkOut(tool: Tool, { name, depth, ref }: Checkout): Lines {
  const tree = step({
    name,
    uses: usesPin(PINS.checkout),
    with: {
      ...(ref !== undefined && { ref }),
      ...(tool.kind === "own" && { path: "tree" }),
      "fetch-depth": depth,
      "persist-credentials": "false",
    },
  });
  return tool.kind === "own" ? [...ownTool(), ...tree] : tree;
}

/**
 * In the repository that holds both, the tool is the base's: what a pull request makes of it reads no pull request. The
 * job's own identity is newer than the linters that we use, so it is asked for in a way that they let pass.
 */
const OWN_COMMIT =
  "${{ fromJSON(toJSON(job)).workflow_repository == github.repository" +
  " && (github.event.pull_request.base.sha || github.event.merge_group.base_sha)" +
  " || fromJSON(toJSON(job)).workflow_sha }}";

function ownTool(): Lines {
  return [
    ...step({
      name: "Check out the tool, and never a pull request's",
      uses: usesPin(PINS.checkout),
      with: {
        repository: "${{ fromJSON(toJSON(job)).workflow_repository }}",
        ref: OWN_COMMIT,
        path: "tool",
        "persist-credentials": "false",
      },
    }),
    ...step({
      uses: usesPin(PINS.setupNode),
      with: { "node-version": "24", "package-manager-cache": "false" },
    }),
    ...step({
      name: "Build the tool",
      "working-directory": "tool",
      run: "npm ci && npm run build",
    }),
  ];
}

type Value = string | Readonly<Record<string, string>>;

/** One step as YAML, at the indentation of a job's steps; a key's value stands as it is given. */
export function step(keys: Readonly<Record<string, Value>>): Lines {
  const lines = Object.entries(keys).flatMap(([key, value]) => {
    if (typeof value !== "string") {
      return [`${key}:`, ...Object.entries(value).map(([name, text]) => `  ${name}: ${text}`)];
    }
    return value.includes("\n")
      ? [`${key}: |`, ...value.split("\n").map((line) => `  ${line}`)]
      : [`${key}: ${value}`];
  });
  return lines.map((line, index) => `      ${index === 0 ? "- " : "  "}${line}`);
}
