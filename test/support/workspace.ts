import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Built } from "./images.ts";
import { startRegistry, type Registry, type RegistryOptions } from "./registry/index.ts";
import { commitAll, gitIn, startRepository } from "./repository.ts";

/** A promotions repository on disk, in git, with two registry doubles that its `registries.yaml` leads to. */
export interface Workspace extends AsyncDisposable {
  readonly root: string;
  readonly source: Registry;
  readonly target: Registry;
  git(...args: readonly string[]): string;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Writes the files and commits all there is; gives back the commit. */
  commit(files?: Readonly<Record<string, string>>): string;
  /** How many requests both registries have had. */
  requests(): number;
}

export const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { environment: eu, stores: { oci: registry.oslo.example.com } }
`;

/** `prod` comes after `staging`, in another pull request; `stable` follows the newest version in prod. */
export const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo] }
    tags: { moving: { stable: newest-stable } }
`;

/** `registries.yaml` that leads the source's host and oslo's to these hosts of this machine. */
export function registriesTo(source: string, target: string): string {
  return `apiVersion: waybill.dev/v1
kind: Registries
hosts:
  registry.example.com: { endpoint: "http://${source}" }
  registry.oslo.example.com: { endpoint: "http://${target}" }
`;
}

/** A promotion file of `payments/<name>`; each line as it stands between the braces. */
export function promotion(name: string, ...lines: readonly string[]): string {
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: ${name}
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com/staging/${name} }
versions:
${lines.map((line) => `  - { ${line} }\n`).join("")}`;
}

/** One line of `versions`, for what was built. */
export function versionLine(version: string, built: Pick<Built, "digest">, rest: string): string {
  return `version: ${version}, digest: "${built.digest}", ${rest}`;
}

/** Opens one with the policies above, committed; nothing is promoted yet. */
export async function openWorkspace(options: RegistryOptions = {}): Promise<Workspace> {
  const root = mkdtempSync(join(tmpdir(), "waybill-app-"));
  const [source, target] = [await startRegistry(options), await startRegistry(options)];
  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const workspace: Workspace = {
    root,
    source,
    target,
    git: (...args) => gitIn(root, ...args),
    write,
    read: (path) => readFileSync(join(root, path), "utf8"),
    commit(files = {}) {
      for (const [path, text] of Object.entries(files)) write(path, text);
      return commitAll(root);
    },
    requests: () => source.requests.length + target.requests.length,
    [Symbol.asyncDispose]: async () => {
      rmSync(root, { recursive: true, force: true });
      await source.close();
      await target.close();
    },
  };
  startRepository(root);
  workspace.commit({
    "policies/sites.yaml": SITES,
    "policies/channels.yaml": CHANNELS,
    "policies/registries.yaml": registriesTo(source.host, target.host),
  });
  return workspace;
}
