import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CopyJob } from "./peers.ts";

const run = promisify(execFile);

/** Where one artifact goes in every copy row: `<root>/bench/app`. */
export const PROJECT = "bench";
export const NAME = "app";

/** Writes and commits a promotions repository that says what a copy job says. */
export async function writePromotions(folder: string, job: CopyJob): Promise<void> {
  await writeText(join(folder, "promotions", PROJECT, `${NAME}.yaml`), promotionOf(job));
  await writeText(join(folder, "policies", "sites.yaml"), sitesOf(job));
  await writeText(join(folder, "policies", "channels.yaml"), CHANNELS);
  await commit(folder, "promote everything");
}

/** Commits everything in a folder, which becomes a git repository where it was none. */
export async function commit(folder: string, message: string): Promise<void> {
  const who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  const sign = ["-c", "commit.gpgsign=false", "-c", "gc.auto=0"];
  await git(folder, ["init", "--quiet"]);
  await git(folder, ["add", "--all"]);
  await git(folder, [...who, ...sign, "commit", "--quiet", "--message", message]);
}

async function git(folder: string, args: readonly string[]): Promise<void> {
  await run("git", ["-C", folder, ...args], { timeout: 60_000 });
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function promotionOf({ source, images }: CopyJob): string {
  const versions = images.map(
    ({ tag, digest }) => `  - { version: ${tag}, digest: "${digest}", channels: [prod] }\n`,
  );
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: ${PROJECT}
name: ${NAME}
artifact:
  kind: container-image
  source: { type: oci, repository: "${source.host}/${source.repository}" }
versions:
${versions.join("")}`;
}

function sitesOf({ target }: CopyJob): string {
  return `apiVersion: waybill.dev/v1
kind: Sites
sites:
  here: { stores: { oci: "${target.host}" } }
`;
}

const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  prod: { to: "{project}/{name}", sites: { require: [here] } }
`;
