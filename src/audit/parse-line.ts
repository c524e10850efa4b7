import { createHash } from "node:crypto";
import {
  canonicalJson,
  isDigest,
  RECORD_SCHEMA,
  type ActionStatus,
  type CommitRange,
  type Json,
  type RecordedApproval,
  type RecordedKey,
  type RecordedOutcome,
  type RecordedOverride,
  type RunRecord,
} from "#model";

/** No honest line is longer: some 20,000 actions. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * Reads one line of a note; undefined where it is no record of this form, or its name is not its content's. Anybody who
 * may push can write a note, so that what a record says is only ever compared with git and the forge (issue 6 §4).
 */
export function parseRecordLine(line: string): RunRecord | undefined {
  if (line.length > MAX_LINE || !line.startsWith("{")) return undefined;
  const value = parseJson(line);
  if (!isObject(value) || value["schema"] !== RECORD_SCHEMA) return undefined;
  const { id, ...body } = value;
  const hash = createHash("sha256").update(canonicalJson(body)).digest("hex");
  return id === hash.slice(0, 32) ? readRecord(value, hash.slice(0, 32)) : undefined;
}

interface JsonObject {
  readonly [key: string]: Json;
}

function readRecord(value: JsonObject, id: string): RunRecord | undefined {
  const [digests, run] = [digestsOf(value), runOf(value)];
  if (digests === undefined || run === undefined) return undefined;
  return {
    id,
    ...digests,
    ...run,
    range: rangeOf(value["range"]),
    channel: text(value["channel"]),
    prs: list(value["prs"], (item) => (Number.isSafeInteger(item) ? Number(item) : undefined)),
    approvals: list(value["approvals"], approvalOf),
    overrides: list(value["overrides"], overrideOf),
    outcomes: list(value["outcomes"], outcomeOf),
  };
}

function digestsOf(
  value: JsonObject,
): Pick<RunRecord, "commit" | "planDigest" | "policyDigest"> | undefined {
  const [commit, planDigest] = [text(value["commit"]), text(value["planDigest"])];
  const policy = text(value["policyDigest"]);
  if (commit === undefined || !isCommit(commit)) return undefined;
  if (planDigest === undefined || !isDigest(planDigest)) return undefined;
  const policyDigest = policy !== undefined && isDigest(policy) ? policy : undefined;
  return { commit, planDigest, policyDigest };
}

type Run = Pick<RunRecord, "actor" | "runId" | "startedAt" | "finishedAt" | "planned" | "observed">;

function runOf(value: JsonObject): Run | undefined {
  const [actor, runId] = [text(value["actor"]), text(value["runId"])];
  const [startedAt, finishedAt] = [text(value["startedAt"]), text(value["finishedAt"])];
  const { planned, observed } = value;
  if (actor === undefined || runId === undefined) return undefined;
  if (startedAt === undefined || finishedAt === undefined) return undefined;
  if (typeof planned !== "number" || typeof observed !== "number") return undefined;
  return { actor, runId, startedAt, finishedAt, planned, observed };
}

function rangeOf(value: Json | undefined): CommitRange | undefined {
  if (!isObject(value)) return undefined;
  const [from, to] = [text(value["from"]), text(value["to"])];
  if (to === undefined || !isCommit(to)) return undefined;
  return { from: from !== undefined && isCommit(from) ? from : undefined, to };
}

function approvalOf(value: Json): RecordedApproval | undefined {
  if (!isObject(value)) return undefined;
  const { id, reviewId } = value;
  const [login, commit] = [text(value["login"]), text(value["commit"])];
  if (login === undefined || commit === undefined || typeof reviewId !== "number") return undefined;
  return { login, id: typeof id === "number" ? id : undefined, reviewId, commit };
}

function overrideOf(value: Json): RecordedOverride | undefined {
  if (!isObject(value)) return undefined;
  const names = ["limit", "channel", "reason", "expires"] as const;
  const [limit, channel, reason, expires] = names.map((name) => text(value[name]));
  const { pr, value: given } = value;
  if (limit === undefined || channel === undefined || typeof pr !== "number") return undefined;
  if (reason === undefined || expires === undefined) return undefined;
  const site = text(value["site"]);
  const allowed = typeof given === "number" ? given : undefined;
  return { pr, limit, channel, site, value: allowed, reason, expires };
}

function outcomeOf(value: Json): RecordedOutcome | undefined {
  if (!isObject(value)) return undefined;
  const [key, status] = [keyOf(value["key"]), statusOf(value["status"])];
  if (key === undefined || status === undefined) return undefined;
  const { kind, from, code } = value;
  return { key, kind: text(kind) ?? "", from: text(from), status, code: text(code) };
}

const MEMBERS = [
  "op",
  "artifact",
  "version",
  "digest",
  "channel",
  "site",
  "to",
  "tag",
  "expect",
] as const;

function keyOf(value: Json | undefined): RecordedKey | undefined {
  if (!isObject(value)) return undefined;
  const known = MEMBERS.every((name) => value[name] === null || typeof value[name] === "string");
  if (!known) return undefined;
  const record = value;
  function member(name: (typeof MEMBERS)[number]): string | null {
    return text(record[name]) ?? null;
  }
  return {
    op: member("op"),
    artifact: member("artifact"),
    version: member("version"),
    digest: member("digest"),
    channel: member("channel"),
    site: member("site"),
    to: member("to"),
    tag: member("tag"),
    expect: member("expect"),
  };
}

const STATUSES: readonly ActionStatus[] = ["done", "skipped", "failed", "refused"];

function statusOf(value: Json | undefined): ActionStatus | undefined {
  return STATUSES.find((status) => status === value);
}

function list<T>(value: Json | undefined, read: (item: Json) => T | undefined): readonly T[] {
  if (!isArray(value)) return [];
  return value.map(read).filter((item) => item !== undefined);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isCommit(value: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

function parseJson(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
