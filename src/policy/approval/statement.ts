import { createHash } from "node:crypto";
import {
  canonicalJson,
  isDigest,
  OPS,
  type ActionKey,
  type CountedApproval,
  type PlanStatement,
} from "#model";

const STATEMENT_SCHEMA = "waybill.dev/plan-statement/v1";

/** A plan of 20,000 versions at some sites; more is no statement of ours. */
const MAX_STATEMENT = 64 * 1024 * 1024;

/** A statement as canonical JSON. */
export function statementText(statement: PlanStatement): string {
  const { actionKeys, ...head } = statement;
  return canonicalJson({
    schema: STATEMENT_SCHEMA,
    ...head,
    actionKeys: actionKeys.map((key) => ({ ...keyMembers(key) })),
  });
}

/** Reads a statement that came from outside; undefined where it is none, or none of this version. */
export function parseStatement(text: string): PlanStatement | undefined {
  const value = text.length > MAX_STATEMENT ? undefined : parseJson(text);
  if (!isRecord(value) || value["schema"] !== STATEMENT_SCHEMA) return undefined;
  const head = headOf(value);
  const keys = value["actionKeys"];
  if (head === undefined || !Array.isArray(keys) || !keys.every(isKey)) return undefined;
  return { ...head, actionKeys: keys.map(keyMembers) };
}

function headOf(
  value: Readonly<Record<string, unknown>>,
): Omit<PlanStatement, "actionKeys"> | undefined {
  const { pr, head, base, planDigest, bodyHash: hash, at, runId } = value;
  if (typeof pr !== "number" || !Number.isSafeInteger(pr)) return undefined;
  if (!isCommit(head) || !isCommit(base) || !isText(at) || !isText(runId)) return undefined;
  if (Number.isNaN(Date.parse(at)) || !isText(planDigest) || !isText(hash)) return undefined;
  if (!isDigest(planDigest) || !isDigest(hash)) return undefined;
  return { pr, head, base, planDigest, bodyHash: hash, at, runId };
}

/** The hash of a body that a statement holds. */
export function bodyHash(body: string): string {
  return `sha256:${createHash("sha256").update(body, "utf8").digest("hex")}`;
}

/** The statement that an approval means: the newest for its commit that was made before it (issue 6 §3). */
export function statementOf(
  approval: Pick<CountedApproval, "commit" | "submittedAt">,
  statements: readonly PlanStatement[],
): PlanStatement | undefined {
  const given = Date.parse(approval.submittedAt);
  return statements
    .filter(({ head, at }) => head === approval.commit && Date.parse(at) <= given)
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || (b.runId < a.runId ? -1 : 1))[0];
}

/** The keys of a statement, ready to be asked for many actions. */
export interface StatedKeys {
  readonly exact: ReadonlySet<string>;
  readonly withoutExpect: ReadonlySet<string>;
}

/** Makes a statement's keys ready. */
export function statedKeys({ actionKeys }: PlanStatement): StatedKeys {
  return {
    exact: new Set(actionKeys.map((key) => comparable(key, false))),
    withoutExpect: new Set(actionKeys.map((key) => comparable(key, true))),
  };
}

/**
 * Tells whether a statement has an action's key. `expect` is left out where the tag names now what an approved merge
 * put there: then the approval meant the move, whatever stood there at the time.
 */
export function isStated(keys: StatedKeys, action: ActionKey, isOurs: boolean): boolean {
  return isOurs
    ? keys.withoutExpect.has(comparable(action, true))
    : keys.exact.has(comparable(action, false));
}

function comparable(key: ActionKey, withoutExpect: boolean): string {
  return canonicalJson({ ...keyMembers(key), ...(withoutExpect ? { expect: null } : {}) });
}

function keyMembers(key: ActionKey): ActionKey {
  const { op, artifact, version, digest, channel, site, to, tag, expect } = key;
  return { op, artifact, version, digest, channel, site, to, tag, expect };
}

const NULLABLE = ["version", "channel", "site", "tag"] as const;

function isKey(value: unknown): value is ActionKey {
  if (!isRecord(value)) return false;
  const { op, artifact, to, digest, expect } = value;
  return (
    OPS.some((known) => known === op) &&
    isText(artifact) &&
    isText(to) &&
    NULLABLE.every((name) => value[name] === null || isText(value[name])) &&
    [digest, expect].every((item) => item === null || (isText(item) && isDigest(item)))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCommit(value: unknown): value is string {
  return isText(value) && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
