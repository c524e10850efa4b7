import type { Ran } from "../cli/captured.ts";
import { ForgeWorkspace } from "../support/forge-workspace.ts";
import { image, seed, type Built } from "../support/images.ts";
import { promotion, versionLine } from "../support/workspace.ts";

export const API = "promotions/payments/api.yaml";
export const APP: Built = image({ seed: "app" });
export const OTHER: Built = image({ seed: "other" });
const RIGHTS = {
  contents: "write",
  pull_requests: "write",
  deployments: "write",
  issues: "write",
  actions: "read",
} as const;

/** The promotion file of payments/api with versions, each in staging. */
export function staged(versions: Readonly<Record<string, Built>>): string {
  const lines = Object.entries(versions).map(([version, built]) =>
    versionLine(version, built, "channels: [staging]"),
  );
  return promotion("api", ...lines);
}

/** A GitHub and two registries; both images are at their source, and nothing is promoted. */
export async function openForge(): Promise<ForgeWorkspace> {
  const workspace = await ForgeWorkspace.open();
  for (const built of [APP, OTHER]) seed(workspace.source.repository("staging/api"), built);
  return workspace;
}

/** The job of a push: checks out what `main` was at a commit, applies what was approved, and pushes its record. */
export async function applyJob(
  workspace: ForgeWorkspace,
  {
    commit = "refs/heads/main",
    env = {},
  }: { readonly commit?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const folder = await workspace.checkout(commit);
  const token = workspace.github.actionsToken(RIGHTS);
  const branch = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main", GITHUB_RUN_ID: "5" };
  const args = ["apply", "--on-merge", "--push-record"];
  return workspace.run(folder, args, { token, env: { ...branch, ...env } });
}

/** What registries were asked to change. */
export function writesOf({ source, target }: ForgeWorkspace): readonly string[] {
  return [...source.requests, ...target.requests]
    .filter(({ method }) => method !== "GET" && method !== "HEAD")
    .map(({ method, path }) => `${method} ${path}`);
}

/** The tags of payments/api in staging. */
export function tagsOf({ target }: ForgeWorkspace): ReadonlyMap<string, string> {
  return target.repository("preprod/payments/api").tags;
}
