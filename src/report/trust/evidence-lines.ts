import type { Digest, EvidenceResult, RequirementResult } from "#model";
import { plain } from "../plain-text.ts";
import type { Style } from "../style.ts";
import { layOut, type Cell } from "../table.ts";
import { lookOfOutcome } from "./words.ts";

const COUNTS = {
  pass: "counts",
  fail: "does not count",
  unknown: "could not be checked",
} as const;

const MAX_UNREAD = 5;

/** How digests are shown. */
export type Shorten = (digest: Digest) => string;

/**
 * Everything that was found for one requirement, and why each counts or does not: never nothing (issue 5 §3). What is of
 * another kind altogether is told in one line.
 */
export function evidenceLines(
  requirement: RequirementResult,
  { short, style, indent }: { short: Shorten; style: Style; indent: string },
): readonly string[] {
  const { evidence } = requirement;
  const unread = unreadLines(requirement).map((line) => `${indent}${line}`);
  if (evidence.length === 0) return [`${indent}${nothingWords(requirement)}`, ...unread];
  const close = evidence.filter((item) => !isOfAnotherKind(item));
  const rows = close
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((item): readonly Cell[] => [
      { text: COUNTS[item.outcome], look: lookOfOutcome(item.outcome, style) },
      { text: short(item.digest), look: style.dim },
      { text: item.form },
      { text: plain(byWords(item), 100) },
      { text: checkWords(item) },
    ]);
  const others = otherKinds(evidence);
  return [
    ...(close.length === 0 ? [`${indent}found: nothing of this kind about this digest`] : []),
    ...layOut(rows, indent),
    ...(others === undefined ? [] : [`${indent}${style.dim(others)}`]),
    ...unread,
  ];
}

/** By whom it is, as far as that was told; an authority that it was tried for and is not by is said so. */
export function byWords({ authority, check, outcome }: EvidenceResult): string {
  if (authority === undefined) return "by nobody listed";
  if (outcome === "pass" || AFTER_IDENTITY.has(check)) return `by ${authority}`;
  return check === "identity" ? `not by ${authority}` : `tried as ${authority}`;
}

/** Whatever fails at one of these was signed by whom it should be. */
const AFTER_IDENTITY: ReadonlySet<EvidenceResult["check"]> = new Set([
  "subject",
  "predicate",
  "condition",
]);

/** What was found and is of another kind than what is asked, in one line; undefined where there is none. */
export function otherKinds(evidence: readonly EvidenceResult[]): string | undefined {
  const by = Map.groupBy(evidence.filter(isOfAnotherKind), ({ found }) => found ?? "");
  if (by.size === 0) return undefined;
  const kinds = [...by].map(([found, items]) => {
    return `${items.length > 1 ? `${items.length} times ` : ""}${plain(found, 300)}`;
  });
  return `of another kind: ${kinds.join("; ")}`;
}

/** It is not what is asked, whoever made it. */
export function isOfAnotherKind({ check, outcome, authority }: EvidenceResult): boolean {
  return check === "predicate" && outcome === "fail" && authority === undefined;
}

/** What could not be read, and so leaves a doubt. */
export function unreadLines({ unread = [] }: RequirementResult): readonly string[] {
  const more = unread.length > MAX_UNREAD ? [`and ${unread.length - MAX_UNREAD} more`] : [];
  return [...unread.slice(0, MAX_UNREAD).map((why) => `not read: ${plain(why, 400)}`), ...more];
}

/** What to say where nothing was found. */
export function nothingWords({ outcome }: RequirementResult): string {
  return outcome === "unknown"
    ? "found: not known; what evidence there is could not be read"
    : "found: nothing; no referrer, fallback index or .sig, .att or .sbom tag speaks about this digest";
}

/** The check that decided, what it expected and what it found. */
export function checkWords({ check, expected, found, outcome }: EvidenceResult): string {
  const name = CHECKS[check];
  if (outcome === "pass")
    return `every check passed, the last of its ${name}${found === undefined ? "" : ` (${plain(found, 400)})`}`;
  const parts = [
    expected === undefined ? "" : `expected ${plain(expected, 400)}`,
    found === undefined ? "" : `found ${plain(found, 400)}`,
  ].filter((part) => part !== "");
  return `${name}: ${parts.join(", ") || "it does not hold"}`;
}

const CHECKS: Readonly<Record<EvidenceResult["check"], string>> = {
  parse: "form",
  crypto: "signature",
  log: "log entry",
  time: "time",
  identity: "signer",
  subject: "subject",
  predicate: "kind",
  condition: "content",
};

/** What counts first, then what comes closest. */
function rankOf({ outcome, check }: EvidenceResult): number {
  const order = ["condition", "time", "log", "subject", "crypto", "parse", "identity", "predicate"];
  return (outcome === "pass" ? 0 : outcome === "unknown" ? 100 : 200) + order.indexOf(check);
}
