import {
  isDigest,
  KINDS,
  OPS,
  parseAddress,
  repositoryAt,
  type Action,
  type ActionDecision,
  type Blocked,
  type Evidence,
  type Plan,
  type Repository,
  type TrustReason,
} from "#model";
import {
  amount,
  flag,
  known,
  list,
  maybe,
  member,
  oneOf,
  orNull,
  ShapeError,
  text,
} from "./shape.ts";

const digest = known(isDigest);

/** The repository that a text names, in canonical form. */
export function repository(value: unknown): Repository {
  const address = parseAddress(text(value));
  if (typeof address === "string") throw new ShapeError(address);
  return repositoryAt(address);
}

/** Reads the plan of a check's document: everything that a page shows of it, and nothing that apply would need. */
export function readPlan(value: unknown): Plan {
  return {
    digest: digest(member(value, "digest")),
    commit: maybe(text)(member(value, "commit")),
    base: maybe(text)(member(value, "base")),
    scope: readScope(member(value, "scope")),
    depth: oneOf(["tags", "deep"])(member(value, "depth")),
    unchanged: amount(member(value, "unchanged")),
    actions: list(readAction)(member(value, "actions")),
    blocked: list(readBlocked)(member(value, "blocked")),
    notes: list(readNote)(member(value, "notes")),
    overLimit: list(text)(member(value, "overLimit") ?? []),
  };
}

function readScope(value: unknown): Plan["scope"] {
  if (oneOf(["all", "since"])(member(value, "kind")) === "all") return { kind: "all" };
  return {
    kind: "since",
    revision: text(member(value, "revision")),
    artifacts: list(text)(member(value, "artifacts")),
  };
}

function readAction(value: unknown): Action {
  const decision = maybe(readDecision)(member(value, "decision"));
  return {
    id: text(member(value, "id")),
    op: oneOf(OPS)(member(value, "op")),
    artifact: text(member(value, "artifact")),
    version: text(member(value, "version")),
    digest: digest(member(value, "digest")),
    channel: orNull(text)(member(value, "channel")),
    site: orNull(text)(member(value, "site")),
    to: repository(member(value, "to")),
    tag: orNull(text)(member(value, "tag")),
    expect: orNull(digest)(member(value, "expect")),
    kind: oneOf(KINDS)(member(value, "kind")),
    from: maybe(repository)(member(value, "from")),
    bytes: maybe(amount)(member(value, "bytes")),
    reason: text(member(value, "reason")),
    notBefore: maybe(text)(member(value, "notBefore")),
    destructive: flag(member(value, "destructive")),
    evidence: list(readEvidence)(member(value, "evidence")),
    repair: flag(member(value, "repair") ?? false),
    gate: undefined,
    ...(decision === undefined ? {} : { decision }),
  };
}

/** Evidence is counted on a page, and named nowhere. */
function readEvidence(value: unknown): Evidence {
  const descriptor = member(value, "descriptor");
  return {
    form: "referrer",
    subject: digest(member(value, "subject")),
    descriptor: {
      mediaType: text(member(descriptor, "mediaType")),
      digest: digest(member(descriptor, "digest")),
      size: amount(member(descriptor, "size")),
    },
  };
}

function readDecision(value: unknown): ActionDecision {
  return {
    trust: oneOf(["unverified", "verified", "failed_verification", "revoked"])(
      member(value, "trust"),
    ),
    verdict: oneOf(["allow", "warn", "wait"])(member(value, "verdict")),
    explanation: text(member(value, "explanation")),
    warnings: list(readWarning)(member(value, "warnings")),
  };
}

function readWarning(value: unknown): TrustReason {
  return {
    code: `trust.${text(member(value, "code")).replace(/^trust\./, "")}`,
    verdict: "warn",
    message: text(member(value, "message")),
    fix: text(member(value, "fix")),
  };
}

const VERDICTS = ["refuse", "unknown"] as const;

function readBlocked(value: unknown): Blocked {
  const verdict = maybe(oneOf(VERDICTS))(member(value, "verdict"));
  return {
    artifact: text(member(value, "artifact")),
    version: maybe(text)(member(value, "version")),
    channel: maybe(text)(member(value, "channel")),
    site: maybe(text)(member(value, "site")),
    key: undefined,
    code: blockedCode(member(value, "code")),
    reason: text(member(value, "reason")),
    hint: text(member(value, "hint")),
    bestEffort: flag(member(value, "bestEffort") ?? false),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

/** The codes of plans; one of a newer Waybill is shown as it stands. */
function blockedCode(value: unknown): Blocked["code"] {
  const code = text(value);
  return BLOCKED.find((word) => word === code) ?? `trust.${code.replace(/^trust\./, "")}`;
}

const BLOCKED = [
  "source-missing",
  "source-unknown",
  "target-unknown",
  "revision-missing",
  "foreign-move",
  "tag-would-go-back",
  "still-needed",
  "store-not-supported",
  "attest-limit",
  "tag-waits",
  "revoked",
  "source-not-allowed",
  "never-promote",
  "kind-mismatch",
] as const;

function readNote(value: unknown): Plan["notes"][number] {
  return { code: text(member(value, "code")), message: text(member(value, "message")) };
}
