import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DoctorFinding } from "#model";
import type { Forge, OidcSubject, WorkflowRights } from "#scm";
import { openForge, type Environment } from "../pr/forge.ts";
import { readFiles } from "../read-files.ts";
import { branchFindings } from "./branch-findings.ts";
import { environmentFindings, type ChannelNeeds } from "./environment-findings.ts";
import { isSo } from "./finding.ts";
import { workflowFindings, type WorkflowText } from "./workflow-findings.ts";

/** What `waybill doctor` is asked. */
export interface DoctorRequest {
  readonly root: string;
  readonly env: Environment;
}

/** All that was looked at, in order. */
export interface DoctorAnswer {
  readonly repository: string;
  readonly findings: readonly DoctorFinding[];
  /** 0: nothing to change. 4: something is. 3: nothing is, as far as could be read. */
  readonly exitCode: number;
}

const MAX_WORKFLOW_BYTES = 1024 * 1024;

/** `waybill doctor`: whether the forge holds what the policies count on, and what to change; it changes nothing. */
export async function doctor(
  { root, env }: DoctorRequest,
  signal: AbortSignal,
): Promise<DoctorAnswer> {
  const [forge, channels, workflows] = await Promise.all([
    openForge({ root, env }, signal),
    channelsOf(root, signal),
    workflowsOf(root),
  ]);
  const names = channels.map(({ name }) => name);
  const findings = [
    ...workflowFindings(workflows, names),
    ...(await settingsFindings(forge, channels, signal)),
  ];
  const statuses = new Set(findings.map(({ status }) => status));
  const exitCode = statuses.has("change") ? 4 : statuses.has("unknown") ? 3 : 0;
  return { repository: forge.repository, findings, exitCode };
}

/** The channels of the work tree; kpromo's has the same needs as the others. */
async function channelsOf(root: string, signal: AbortSignal): Promise<readonly ChannelNeeds[]> {
  const { readPolicies } = await import("#desired");
  const { channels } = readPolicies(await readFiles(root, signal)).policies;
  return [...(channels?.channels ?? [])].map(([name, { approvals }]) => ({
    name,
    approvals: approvals?.count ?? 1,
  }));
}

async function workflowsOf(root: string): Promise<readonly WorkflowText[]> {
  const folder = ".github/workflows";
  const { readWorkflow } = await import("#desired");
  const names = await readdir(join(root, folder)).catch(noneWhereAbsent);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return Promise.all(
    files.map(async (name) => {
      const path = `${folder}/${name}`;
      const { size } = await stat(join(root, path));
      const text = size > MAX_WORKFLOW_BYTES ? "" : await readFile(join(root, path), "utf8");
      return { path, text, data: readWorkflow({ path, text }) };
    }),
  );
}

function noneWhereAbsent(error: unknown): readonly string[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}

/** Each question by itself: what a token may not read leaves the others answered. */
async function settingsFindings(
  { settings }: Forge,
  channels: readonly ChannelNeeds[],
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const branch = await settings.defaultBranch(signal);
  const questions: readonly (readonly [string, () => Promise<readonly DoctorFinding[]>])[] = [
    [
      "branch-rules",
      async () => branchFindings(branch, await settings.branchRules(branch, signal)),
    ],
    [
      "environments",
      async () => environmentFindings(await settings.environments(signal), { channels, branch }),
    ],
    ["workflow-rights", async () => rightsFindings(await settings.workflowRights(signal))],
    ["oidc-subject", async () => [subjectFinding(await settings.oidcSubject(signal))]],
  ];
  const answers = await Promise.all(questions.map(([check, ask]) => answered(check, ask)));
  return answers.flat();
}

async function answered(
  check: string,
  ask: () => Promise<readonly DoctorFinding[]>,
): Promise<readonly DoctorFinding[]> {
  try {
    return await ask();
  } catch (error) {
    const { ForgeError } = await import("#scm");
    const isHidden =
      error instanceof ForgeError && (error.code === "forbidden" || error.code === "not-found");
    if (!isHidden) throw error;
    const right = error.right ?? "the right to read it";
    const toDo = `run it with a token that has ${right}; GITHUB_TOKEN cannot have every right`;
    return [{ check, status: "unknown", says: error.message, toDo }];
  }
}

function rightsFindings({ write, mayApprove }: WorkflowRights): readonly DoctorFinding[] {
  return [
    isSo("workflow-rights", !write, {
      yes: "Where a workflow says nothing, GITHUB_TOKEN reads.",
      no: "Where a workflow says nothing, GITHUB_TOKEN may write.",
      toDo: "set the workflow permissions of Actions to read",
    }),
    isSo("workflow-approvals", !mayApprove, {
      yes: "Actions cannot approve pull requests.",
      no: "A workflow can approve pull requests.",
      toDo: "take away from Actions the right to create and approve pull requests",
    }),
  ];
}

/** Registries and verify policies that match on names would let in who takes a name that was given up. */
function subjectFinding({ isImmutable, claims }: OidcSubject): DoctorFinding {
  const chosen = claims?.some((claim) => claim.endsWith("_id")) === true;
  const form = claims === undefined ? "" : ` It is made of ${claims.join(", ")}.`;
  return isSo("oidc-subject", isImmutable || chosen, {
    yes: `OpenID subjects hold the repository's number.${form}`,
    no: `OpenID subjects hold names only, which somebody else can take.${form}`,
    toDo: "use the immutable form of subjects, and let registries match repository_id",
  });
}
