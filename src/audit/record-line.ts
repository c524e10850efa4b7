import { createHash } from "node:crypto";
import { canonicalJson, RECORD_SCHEMA, type Json, type RecordedKey, type RunRecord } from "#model";

/** A record before it has its name. */
export type NewRecord = Omit<RunRecord, "id">;

/** Names a record by its content, so that the same run told twice is one line, and two runs never share one. */
export function named(record: NewRecord): RunRecord {
  const hash = createHash("sha256")
    .update(canonicalJson(bodyOf(record)))
    .digest("hex");
  return { id: hash.slice(0, 32), ...record };
}

/** Writes a record as one line of canonical JSON, without its newline (issue 6 §4). */
export function recordLine(record: RunRecord): string {
  return canonicalJson({ ...bodyOf(record), id: record.id });
}

function bodyOf(record: NewRecord): { readonly [key: string]: Json } {
  const { range, outcomes } = record;
  return {
    schema: RECORD_SCHEMA,
    commit: record.commit,
    range: range === undefined ? null : { from: range.from ?? null, to: range.to },
    channel: record.channel ?? null,
    prs: record.prs,
    planDigest: record.planDigest,
    policyDigest: record.policyDigest ?? null,
    approvals: record.approvals.map(({ login, id, reviewId, commit }) => ({
      login,
      id: id ?? null,
      reviewId,
      commit,
    })),
    overrides: record.overrides.map((override) => ({
      ...override,
      site: override.site ?? null,
      value: override.value ?? null,
    })),
    actor: record.actor,
    runId: record.runId,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    planned: record.planned,
    observed: record.observed,
    outcomes: outcomes.map(({ key, kind, from, status, code }) => ({
      key: keyOf(key),
      kind,
      from: from ?? null,
      status,
      ...(code === undefined ? {} : { code }),
    })),
  };
}

function keyOf(key: RecordedKey): { readonly [key: string]: Json } {
  const { op, artifact, version, digest, channel, site, to, tag, expect } = key;
  return { op, artifact, version, digest, channel, site, to, tag, expect };
}
