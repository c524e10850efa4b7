import { readFile, stat } from "node:fs/promises";
import type { Environment } from "./inputs.ts";

/** What started the job, as far as a command line depends on it. */
export interface JobEvent {
  readonly name: string;
  /** The pull request that it is about; of a merge queue's group, the one that the group ends with. */
  readonly pullRequest: number | undefined;
  /** The pull request comes from another repository, so that the job's token only reads. */
  readonly isFork: boolean;
  /** The commit that a merge queue's group stands on. */
  readonly groupBase: string | undefined;
  readonly file: string | undefined;
}

/** GitHub caps payloads at 25 MB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Reads the event's name and the few fields of its payload that we use; a payload without them has none. */
export async function readEvent(env: Environment): Promise<JobEvent> {
  const file = env["GITHUB_EVENT_PATH"];
  const payload = file === undefined || file === "" ? undefined : await readPayload(file);
  const request = field(payload, "pull_request") ?? issueOfRequest(payload);
  const group = field(payload, "merge_group");
  return {
    name: env["GITHUB_EVENT_NAME"] ?? "",
    pullRequest: numberIn(field(request, "number")) ?? numberInQueue(field(group, "head_ref")),
    isFork: isFork(request, payload),
    groupBase: commitIn(field(group, "base_sha")),
    file: file === "" ? undefined : file,
  };
}

async function readPayload(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw new Error(`the event's payload is larger than ${MAX_BYTES} bytes`);
  return JSON.parse(await readFile(file, "utf8"));
}

/** A comment's payload names an issue, and says that it is a pull request. */
function issueOfRequest(payload: unknown): unknown {
  const issue = field(payload, "issue");
  return field(issue, "pull_request") === undefined ? undefined : issue;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, name) ? new Map(Object.entries(value)).get(name) : undefined;
}

/** A fork that was deleted meanwhile is one as well. */
function isFork(request: unknown, payload: unknown): boolean {
  const head = field(field(field(request, "head"), "repo"), "full_name");
  return request !== undefined && head !== field(field(payload, "repository"), "full_name");
}

/** Each entry of a queue gets a branch `gh-readonly-queue/<base>/pr-<number>-<commit>`. */
function numberInQueue(ref: unknown): number | undefined {
  if (typeof ref !== "string") return undefined;
  const [, number] =
    /^refs\/heads\/gh-readonly-queue\/.+\/pr-([1-9][0-9]{0,8})-[0-9a-f]{40}$/.exec(ref) ?? [];
  return number === undefined ? undefined : Number(number);
}

function numberIn(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}

function commitIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value) ? value : undefined;
}
