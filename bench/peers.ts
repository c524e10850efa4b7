import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./measure.ts";
import { findProgram, type Program } from "./programs.ts";
import type { Image } from "./push.ts";

/** A repository of a registry. */
export interface Place {
  readonly host: string;
  readonly repository: string;
}

/** All tags of one repository go to another. */
export interface CopyJob {
  readonly source: Place;
  /** Its repository ends in the name that `bench/…` gives it. */
  readonly target: Place;
  readonly images: readonly Pick<Image, "digest" | "tag">[];
}

/** Somebody who can do a copy job. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** How it is called, for readers. */
  readonly usage: string;
  /** Prepares an empty folder for the job, and says what to run. */
  prepare(job: CopyJob, folder: string): Promise<Command>;
}

/** The peers that copy; `kpromo` only plans, and is asked for by the universe rows. */
export const PEER_NAMES = ["crane", "regsync", "skopeo"] as const;

/** The peers of this machine, and the names of those that are missing. */
export async function findPeers(): Promise<{
  readonly peers: readonly Contender[];
  readonly missing: readonly string[];
}> {
  const found = await Promise.all(
    PEER_NAMES.map(async (name) => ({ name, program: await findProgram(name) })),
  );
  return {
    peers: found.flatMap(({ name, program }) =>
      program === undefined ? [] : [CONTENDERS[name](program)],
    ),
    missing: found.filter(({ program }) => program === undefined).map(({ name }) => name),
  };
}

const CONTENDERS: Readonly<Record<(typeof PEER_NAMES)[number], (p: Program) => Contender>> = {
  crane: ({ name, version, path }) => ({
    name,
    version,
    usage: "crane cp -a -j 8",
    prepare: async ({ source, target }, folder) =>
      alone(folder, [path, "cp", "-a", "-j", "8", textOf(source), textOf(target)]),
  }),
  regsync: ({ name, version, path }) => ({
    name,
    version,
    usage: "regsync once, parallel 8",
    prepare: async (job, folder) => {
      const file = join(folder, "regsync.json");
      await writeFile(file, JSON.stringify(regsyncConfig(job)));
      return alone(folder, [path, "once", "-c", file]);
    },
  }),
  skopeo: ({ name, version, path }) => ({
    name,
    version,
    usage: "skopeo sync",
    prepare: async ({ source, target }, folder) => {
      const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
      const kinds = ["--src", "docker", "--dest", "docker"];
      // skopeo adds the last part of the source's name itself.
      const under = textOf(target).slice(0, textOf(target).lastIndexOf("/"));
      const sync = [path, "--insecure-policy", "sync", ...plain, ...kinds];
      return alone(folder, [...sync, textOf(source), under]);
    },
  }),
};

function textOf({ host, repository }: Place): string {
  return `${host}/${repository}`;
}

function regsyncConfig({ source, target }: CopyJob): object {
  const hosts = [...new Set([source.host, target.host])];
  return {
    version: 1,
    creds: hosts.map((registry) => ({ registry, tls: "disabled" })),
    defaults: { parallel: 8 },
    sync: [{ source: textOf(source), target: textOf(target), type: "repository" }],
  };
}

/** A command with a home of its own, so that nobody's credentials or settings take part. */
function alone(folder: string, argv: readonly string[]): Command {
  return { argv, folder, env: { HOME: folder, DOCKER_CONFIG: folder } };
}
