import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { Ended } from "./program.ts";
import { startWaybill, type WaybillOptions, type WaybillProcess } from "./waybill.ts";

/** One line of `versions`. */
export interface VersionText {
  readonly version: string;
  readonly digest: string;
  readonly channels?: readonly string[];
  readonly state?: "deprecated" | "retired";
  readonly reason?: string;
}

/** One promotion file. */
export interface ArtifactText {
  /** `project/name`. */
  readonly id: string;
  readonly kind?: string;
  /** The repository or layout that it comes from. */
  readonly source: string;
  readonly versions: readonly VersionText[];
}

/** What a promotions repository says (contracts.md §2). */
export interface RepositoryText {
  /** Site → the address of its store. */
  readonly sites: Readonly<Record<string, string>>;
  /** Channel → its rules; by default one channel `prod` that wants every site. */
  readonly channels?: Readonly<Record<string, object>>;
  /** Host → its entry in `registries.yaml`. */
  readonly hosts?: Readonly<Record<string, object>>;
  readonly artifacts: readonly ArtifactText[];
}

/** How a run of the command line ended; `json` is its document where it was asked for one. */
export interface Said extends Ended {
  readonly json: unknown;
}

/** A promotions repository in git, and the command line in it. */
export interface PromotionsRepository extends AsyncDisposable {
  readonly root: string;
  path(...parts: readonly string[]): string;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  remove(file: string): Promise<void>;
  /** Writes what it says anew, and commits it. */
  say(text: RepositoryText): Promise<void>;
  commit(): void;
  /** Runs a whole process of the command line. */
  waybill(args: readonly string[], options?: Partial<WaybillOptions>): Promise<Said>;
  /** Starts one, and leaves it to the test. */
  start(args: readonly string[], options?: Partial<WaybillOptions>): WaybillProcess;
}

/** What is committed; everything else in the folder is the test's. */
const FOLDERS = ["promotions", "policies", "manifests", "images"];

/** Makes a promotions repository in a temporary folder, and commits what it says. */
export async function promotionsRepository(text?: RepositoryText): Promise<PromotionsRepository> {
  const root = await mkdtemp(join(tmpdir(), "waybill-promotions-"));
  git(root, "init", "-q", "-b", "main");
  const repository: PromotionsRepository = {
    root,
    path: (...parts) => join(root, ...parts),
    write: (file, content) => write(join(root, file), content),
    read: (file) => readFile(join(root, file), "utf8"),
    remove: (file) => rm(join(root, file)),
    async say(said) {
      for (const [file, content] of filesOf(said)) await write(join(root, file), content);
      repository.commit();
    },
    commit() {
      const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
      git(root, "add", "-A", "--", ...folders);
      git(root, "commit", "-q", "--allow-empty", "-m", "What git says");
    },
    async waybill(args, options) {
      const ended = await repository.start(args, options).ended;
      return { ...ended, json: documentOf(ended.stdout) };
    },
    start: (args, options) => startWaybill(args, { cwd: root, ...options }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  if (text !== undefined) await repository.say(text);
  return repository;
}

function documentOf(stdout: string): unknown {
  return stdout.startsWith("{") ? JSON.parse(stdout) : undefined;
}

/** The files that a promotions repository holds now, committed or not. */
export async function filesOfFolder(
  root: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const found = await readdir(root, { recursive: true });
  const paths = found.filter((path) => /^(?:promotions|policies)\/.*\.yaml$/u.test(path));
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
  );
}

/** The files of what a promotions repository says. */
function filesOf(said: RepositoryText): ReadonlyMap<string, string> {
  const { sites, hosts } = said;
  const files = new Map<string, string>([
    ["policies/sites.yaml", policy("Sites", { sites: sitesOf(sites) })],
    ["policies/channels.yaml", policy("Channels", { channels: channelsOf(said) })],
    ...said.artifacts.map(
      (artifact) => [`promotions/${artifact.id}.yaml`, promotionOf(artifact)] as const,
    ),
  ]);
  if (hosts !== undefined) files.set("policies/registries.yaml", policy("Registries", { hosts }));
  return files;
}

function policy(kind: string, content: object): string {
  return stringify({ apiVersion: "waybill.dev/v1", kind, ...content });
}

function sitesOf(sites: RepositoryText["sites"]): object {
  return Object.fromEntries(
    Object.entries(sites).map(([site, address]) => [site, { stores: { oci: address } }]),
  );
}

function channelsOf({ channels, sites }: RepositoryText): object {
  return channels ?? { prod: { to: "{project}/{name}", sites: { require: Object.keys(sites) } } };
}

function promotionOf({ id, kind = "container-image", source, versions }: ArtifactText): string {
  const [project = "", ...name] = id.split("/");
  return stringify(
    {
      apiVersion: "waybill.dev/v1",
      kind: "Promotion",
      project,
      name: name.join("/"),
      artifact: { kind, source: { type: "oci", repository: source } },
      versions,
    },
    { lineWidth: 0 },
  );
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function git(root: string, ...args: readonly string[]): void {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  const quiet = ["-c", "commit.gpgsign=false", "-c", "gc.auto=0"];
  execFileSync("git", [...identity, ...quiet, ...args], { cwd: root, stdio: "ignore" });
}
