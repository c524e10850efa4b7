import {
  CHECK_RESULTS,
  isDigest,
  type Action,
  type Change,
  type Diagnostic,
  type Json,
  type PlaceChange,
  type TagChange,
  type Unread,
} from "#model";
import type { CheckReport, PolicyEffect } from "./check-report.ts";
import { readPolicyTurns } from "./policy-turns.ts";
import { readPage } from "./read-page.ts";
import { readPlan, repository } from "./read-plan.ts";
import { amount, flag, known, list, maybe, member, oneOf, ShapeError, text } from "./shape.ts";

const SCHEMA = "waybill.dev/check/v1";

/**
 * What a check found, as JSON: the plan job writes it, and the job that may comment reads it (issue 6 §1).
 */
export function checkDocument(report: CheckReport): Json {
  const { policy, plan, ...rest } = report;
  return jsonOf({
    schema: SCHEMA,
    ...rest,
    plan: plan && { ...plan, actions: plan.actions.map(shownOf) },
    policy,
  });
}

/** An action without what only apply needs. */
function shownOf(action: Action): Action {
  return { ...action, gate: undefined, admittedBy: [] };
}

/** What is defined of a value, as JSON. */
function jsonOf(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => jsonOf(item));
  if (typeof value !== "object") return null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, jsonOf(item)]),
  );
}

/**
 * Reads a check's document, whoever wrote it, by itself or as the `check` of a plan's document; a string tells what is
 * wrong with it.
 */
export function readCheck(document: unknown): CheckReport | string {
  try {
    return readReport(member(document, "check") ?? document);
  } catch (error) {
    if (error instanceof ShapeError) return `the check's document is not one: ${error.message}`;
    throw error;
  }
}

function readReport(value: unknown): CheckReport {
  oneOf([SCHEMA])(member(value, "schema"));
  return {
    result: oneOf(CHECK_RESULTS)(member(value, "result")),
    head: maybe(text)(member(value, "head")),
    base: maybe(text)(member(value, "base")),
    plan: maybe(readPlan)(member(value, "plan")),
    findings: list(readFinding)(member(value, "findings")),
    changes: list(readChange)(member(value, "changes")),
    inPlace: list(readPlace)(member(value, "inPlace")),
    desired: list(readDesired)(member(value, "desired")),
    unread: list(readUnread)(member(value, "unread")),
    bootstrap: flag(member(value, "bootstrap")),
    policy: maybe(readPolicy)(member(value, "policy")),
    pages: list(readPage)(member(value, "pages")),
  };
}

function readPolicy(value: unknown): PolicyEffect {
  return {
    files: list(text)(member(value, "files")),
    turned: maybe(readPolicyTurns)(member(value, "turned")),
  };
}

function readFinding(value: unknown): Diagnostic {
  const expected = maybe(text)(member(value, "expected"));
  const hint = maybe(text)(member(value, "hint"));
  return {
    file: text(member(value, "file")),
    line: amount(member(value, "line")),
    column: amount(member(value, "column")),
    code: text(member(value, "code")),
    severity: oneOf(["error", "warning"])(member(value, "severity")),
    message: text(member(value, "message")),
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
  };
}

const STEPS = ["registers", "deprecates", "retires", "pins", "lifts", "forgets", "edits"] as const;

function readChange(value: unknown): Change {
  const step = STEPS.find((kind) => kind === member(value, "kind"));
  if (step === undefined) return readDesired(value);
  return {
    kind: step,
    artifact: text(member(value, "artifact")),
    version: maybe(text)(member(value, "version")),
    detail: maybe(text)(member(value, "detail")),
  };
}

function readDesired(value: unknown): PlaceChange | TagChange {
  if (member(value, "kind") !== "moves") return readPlace(value);
  return {
    kind: "moves",
    ...whereOf(value),
    tag: text(member(value, "tag")),
    before: maybe(text)(member(value, "before")),
  };
}

function readPlace(value: unknown): PlaceChange {
  return {
    kind: oneOf(["enters", "leaves"])(member(value, "kind")),
    ...whereOf(value),
    tags: list(text)(member(value, "tags")),
  };
}

function whereOf(value: unknown): Omit<PlaceChange, "kind" | "tags"> {
  return {
    artifact: text(member(value, "artifact")),
    version: text(member(value, "version")),
    digest: known(isDigest)(member(value, "digest")),
    channel: text(member(value, "channel")),
    site: text(member(value, "site")),
    to: repository(member(value, "to")),
  };
}

function readUnread(value: unknown): Unread {
  return {
    store: text(member(value, "store")),
    why: oneOf(["new-host", "no-rights"])(member(value, "why")),
  };
}
