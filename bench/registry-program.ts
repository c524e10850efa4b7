import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "./programs.ts";

/** Which registry the benchmarks run against. */
export interface RegistryProgram {
  readonly name: string;
  readonly version: string;
  /** Keeps what it holds in files, so that a filled one can be copied. */
  readonly keepsFiles: boolean;
  /** Says its port in its first line, instead of taking the one it is given. */
  readonly choosesPort: boolean;
  /** Command line of a registry that serves `storage` on a loopback port. */
  command(place: RegistryPlace): Promise<readonly string[]>;
}

/** Where a registry serves what. */
export interface RegistryPlace {
  readonly storage: string;
  readonly port: number;
  /** Write a line for each request to standard output. */
  readonly counted: boolean;
  /** Where its configuration may be written. */
  readonly folder: string;
}

/** Distribution 3, else Debian's 2.8, else the in-process double of our own tests. */
export async function chooseRegistry(): Promise<RegistryProgram> {
  const found = (await findProgram("registry")) ?? (await findProgram("docker-registry"));
  if (found === undefined) return { ...DOUBLE, version: "of this checkout" };
  return {
    name: `distribution (${found.name})`,
    version: found.version,
    keepsFiles: true,
    choosesPort: false,
    command: async (place) => {
      const file = join(place.folder, "registry.json");
      // JSON is YAML; a JSON file spares a second writer.
      await writeFile(file, JSON.stringify(distributionConfig(place)));
      return [found.path, "serve", file];
    },
  };
}

const DOUBLE: Omit<RegistryProgram, "version"> = {
  name: "in-memory double",
  keepsFiles: false,
  choosesPort: true,
  command: async ({ counted }) => [
    process.execPath,
    fileURLToPath(new URL("double.ts", import.meta.url)),
    ...(counted ? ["counted"] : []),
  ],
};

function distributionConfig({ storage, port, counted }: RegistryPlace): object {
  return {
    version: 0.1,
    log: {
      level: counted ? "info" : "error",
      formatter: "json",
      accesslog: { disabled: !counted },
    },
    storage: {
      filesystem: { rootdirectory: storage },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: "bench" },
  };
}
