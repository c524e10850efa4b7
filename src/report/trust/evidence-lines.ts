import { digestHex, type EvidenceResult, type RequirementResult } from "#model";
import { plain } from "../plain-text.ts";
import type { Style } from "../style.ts";
import { layOut, type Cell } from "../table.ts";
import { lookOfOutcome } from "./words.ts";

const COUNTS = {
  pass: "counts",
  fail: "does not count",
  unknown: "could not be checked",
} as const;

/** Everything that was found for one requirement, and why each counts or does not: never nothing (issue 5 §3). */
export function evidenceLines(
  requirement: RequirementResult,
  style: Style,
  indent: string,
): readonly string[] {
  const { evidence } = requirement;
  if (evidence.length === 0) return [`${indent}${nothingWords(requirement)}`];
  const rows = evidence
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((item): readonly Cell[] => [
      { text: COUNTS[item.outcome], look: lookOfOutcome(item.outcome, style) },
      { text: digestHex(item.digest).slice(0, 12), look: style.dim },
      { text: item.form },
      { text: plain(item.authority ?? "nobody listed", 100) },
      { text: checkWords(item) },
    ]);
  return layOut(rows, indent);
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
  if (outcome === "pass") return `checked up to its ${name}`;
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
