import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startServer, type RealRegistry, type ServerKind } from "./server.ts";

/** Distribution 3, which has no referrers API. */
export const DISTRIBUTION_3: ServerKind = distribution("distribution-3", "registry");

/** Distribution 2.8 as Debian has it. */
export const DISTRIBUTION_2: ServerKind = distribution("distribution-2", "docker-registry");

/** Olareg, which has the referrers API, and keeps a folder of OCI layouts. */
export const OLAREG: ServerKind = {
  name: "olareg",
  command: async ({ port, storage }) =>
    Promise.resolve([
      "olareg",
      "serve",
      "--addr",
      "127.0.0.1",
      "--port",
      String(port),
      "--dir",
      storage,
      "--api-delete",
    ]),
};

/** The program that each kind of registry is. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  "distribution-2": "docker-registry",
  "distribution-3": "registry",
  olareg: "olareg",
};

/** Serves a folder of layouts as a registry, so that programs that read no layouts can look into it. */
export function serveLayouts(folder: string): Promise<RealRegistry> {
  return startServer(OLAREG, folder);
}

function distribution(name: string, program: string): ServerKind {
  return {
    name,
    command: async ({ port, storage }) => {
      const root = join(storage, "content");
      await mkdir(root, { recursive: true });
      const file = join(storage, "config.json");
      await writeFile(file, JSON.stringify(configOf(port, root)));
      return [program, "serve", file];
    },
  };
}

/** JSON is YAML, which is what distribution reads. */
function configOf(port: number, root: string): object {
  return {
    version: 0.1,
    log: { level: "error" },
    storage: {
      filesystem: { rootdirectory: root },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: "loopback" },
  };
}
