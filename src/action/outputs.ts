import { appendFile, readFile } from "node:fs/promises";
import type { Shell } from "#cli";

/** Says in the step's outputs which record an apply wrote, by its id. */
export async function recordOutput({ env }: Shell, recordFile: string): Promise<void> {
  const file = env["GITHUB_OUTPUT"];
  if (file === undefined || file === "") return;
  const text = await readIfThere(recordFile);
  const id = text === undefined ? undefined : entry(JSON.parse(text), "id");
  if (typeof id === "string" && /^[A-Za-z0-9._:/-]{1,200}$/.test(id))
    await appendFile(file, `record=${id}\n`);
}

/**
 * Says in the step's outputs which channels the plan has work in, as a JSON list, so that a workflow starts no job, and
 * asks no reviewer, for a channel without any.
 */
export async function channelsOutput({ env }: Shell, planFile: string): Promise<void> {
  const file = env["GITHUB_OUTPUT"];
  if (file === undefined || file === "") return;
  const text = await readIfThere(planFile);
  if (text === undefined) return;
  await appendFile(file, `channels=${JSON.stringify(channelsIn(JSON.parse(text)))}\n`);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Channel names have a grammar in which no character means anything to GitHub (contract §1). */
const CHANNEL = /^[a-z][a-z0-9-]{0,62}$/;

function channelsIn(document: unknown): readonly string[] {
  const actions = entry(document, "actions") ?? entry(entry(document, "plan"), "actions");
  if (!Array.isArray(actions)) return [];
  const named = actions.map((action) => entry(action, "channel"));
  const found = named.filter((name) => typeof name === "string" && CHANNEL.test(name));
  return [...new Set(found.map(String))].toSorted();
}

function entry(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
