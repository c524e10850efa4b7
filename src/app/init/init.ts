import { lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseAddress } from "#model";
import { RequestError } from "../request-error.ts";
import { exampleFiles } from "./example.ts";
import { kpromoFiles } from "./kpromo-files.ts";
import { readPeople } from "./people.ts";
import { CHANNEL_STEPS, policiesFor, TRUST_KEY } from "./policies.ts";
import { scannedFiles } from "./scanned-files.ts";
import { readTrustKey } from "./trust-key.ts";
import { parseAction, type Tool } from "./workflows/tool.ts";
import { workflowsFor } from "./workflows/write.ts";

/** What `waybill init` is asked. */
export interface InitRequest {
  readonly root: string;
  /** Where the person stands: paths in flags are relative to it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly github: boolean;
  /** `OWNER/REPO@SHA`, as typed. */
  readonly action: string | undefined;
  /** The action that this build was released with; undefined in a checkout. */
  readonly released: string | undefined;
  readonly admins: string | undefined;
  readonly registry: string | undefined;
  readonly trustKey: string | undefined;
  readonly example: boolean;
  /** A folder with kpromo's manifests. */
  readonly from: string | undefined;
  /** Repositories to propose promotion files for. */
  readonly scan: readonly string[];
}

/** What was written and what was there before, as sorted paths; and what is still wanting. */
export interface InitAnswer {
  readonly written: readonly string[];
  readonly kept: readonly string[];
  readonly notes: readonly string[];
}

/** Without a registry, artifacts go into layouts in a folder that git leaves alone. */
const LAYOUTS = "oci-layout:./var/main";

/** `waybill init`: fills a promotions repository; overwrites nothing, and asks nothing (issue 6 §6, 002-79, 002-81). */
export async function init(request: InitRequest, signal: AbortSignal): Promise<InitAnswer> {
  const tool = request.github ? toolOf(request) : undefined;
  const admins = readPeople(request.admins);
  const store = storeOf(request.registry);
  const key = await readTrustKey(request.trustKey, request.folder, signal);
  const kpromo = await kpromoFiles(request, signal);
  const scanned = await scannedFiles(request, signal);
  const choices = { store, admins, hasKey: key !== undefined, hasKpromo: kpromo.size > 0 };
  const { SCHEMA_FILES } = await import("#desired");
  const files = new Map([
    ...SCHEMA_FILES,
    ...policiesFor(choices),
    ...(key === undefined ? [] : [[TRUST_KEY, key] as const]),
    ...(store === LAYOUTS ? [[".gitignore", "/var/\n"] as const] : []),
    ...(request.example ? exampleFiles() : []),
    ...kpromo,
    ...scanned,
    ...(tool === undefined ? [] : workflowsFor(tool, { channels: CHANNEL_STEPS, branch: "main" })),
  ]);
  const answer = await writeNew(request.root, files, signal);
  return { ...answer, notes: notesOf(request, admins) };
}

/** Never a placeholder: a workflow that names an action that is not there runs nothing, or somebody else's code. */
function toolOf({ action, released }: InitRequest): Tool {
  const text = action ?? released;
  if (text === undefined)
    throw new RequestError(
      "This waybill was built from a checkout and knows no released action.",
      "say which: --action OWNER/REPO@SHA, with the 40 hex digits of a commit that has dist/action.mjs",
    );
  const tool = parseAction(text);
  if (tool === undefined)
    throw new RequestError(
      `--action ${text}: expected OWNER/REPO@SHA with the 40 hex digits of a commit.`,
      "a tag or a branch can be moved by somebody else",
    );
  return tool;
}

function storeOf(registry: string | undefined): string {
  if (registry === undefined) return LAYOUTS;
  const address = parseAddress(registry);
  if (typeof address === "string") throw new RequestError(`--registry ${registry}: ${address}.`);
  return registry;
}

/** Writes what is not there yet; a file, a folder or a link that is there stays as it is. */
async function writeNew(
  root: string,
  files: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Pick<InitAnswer, "written" | "kept">> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    signal.throwIfAborted();
    await refuseLinks(root, dirname(path));
    await mkdir(join(root, dirname(path)), { recursive: true });
    const isNew = await writeFile(join(root, path), text, { flag: "wx" }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
        throw error;
      },
    );
    (isNew ? written : kept).push(path);
  }
  return { written, kept };
}

/** A folder that is a link leads out of what git sees. */
async function refuseLinks(root: string, folder: string): Promise<void> {
  let at = root;
  for (const part of folder.split("/").filter((name) => name !== ".")) {
    at = join(at, part);
    const found = await lstat(at).catch(noneWhereAbsent);
    if (found === undefined) return;
    if (!found.isDirectory())
      throw new RequestError(`${folder} is, or lies behind, something that is no folder.`);
  }
}

function noneWhereAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

function notesOf({ trustKey, github }: InitRequest, admins: readonly string[]): readonly string[] {
  return [
    ...(admins.length < 2
      ? [
          `prod asks for two approvals, and ${admins.length === 0 ? "nobody may give one" : "one person may give one"} yet: add people to the group admins in policies/owners.yaml.`,
        ]
      : []),
    ...(trustKey === undefined
      ? ["Nothing can enter prod yet: nobody is believed in policies/trust.yaml."]
      : []),
    ...(github
      ? ["Protect the branch and the environments: waybill doctor says how, once they are there."]
      : []),
  ];
}
