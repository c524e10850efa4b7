import type {
  Digest,
  EvidenceFact,
  EvidenceResult,
  Fault,
  SubjectEvidence,
  TrustDecision,
} from "#model";
import { predicateOf, statedTime } from "../trust/newest.ts";
import { isScanType, readScan } from "../trust/scan-report.ts";
import { sbomOf } from "../trust/sbom-document.ts";

/** More pieces than a person reads one by one. */
const MOST_LINES = 20;

/**
 * Each piece of evidence that was found in one line: what it is, whose it is, and whether it counted when the step was
 * decided (000-20); then what could not be read, which is never silence (promise 3).
 */
export function foundEvidence(
  { facts, faults }: SubjectEvidence,
  decisions: readonly TrustDecision[],
): readonly string[] {
  const judged = judgedIn(decisions);
  const lines = facts.map((fact) => {
    const word = decisions.length === 0 ? "" : `: ${judged.get(fact.digest) ?? "not counted"}`;
    return `${what(fact)}, ${whose(fact)}${word}`;
  });
  const groups = Map.groupBy(lines, (line) => line);
  const told = [...groups].map(([line, same]) =>
    same.length > 1 ? `${line} (${same.length} times)` : line,
  );
  const rest = told.length - MOST_LINES;
  return [
    ...told.slice(0, MOST_LINES),
    ...(rest > 0 ? [`and ${rest} more kinds of evidence`] : []),
    ...faults.slice(0, 3).map(faultLine),
  ];
}

function faultLine({ message }: Fault): string {
  return `could not be read: ${message}`;
}

/** Evidence → whether it counted for anything that some rule asks. */
function judgedIn(decisions: readonly TrustDecision[]): ReadonlyMap<Digest, string> {
  const results = decisions
    .flatMap(({ result }) => result.rules.flatMap(({ requirements }) => requirements))
    .flatMap(({ evidence }) => evidence.filter(isAsked));
  const passing = results.filter(({ outcome }) => outcome === "pass");
  return new Map([
    ...results.map(({ digest }) => [digest, "does not count"] as const),
    ...passing.map(({ digest }) => [digest, "counts"] as const),
  ]);
}

/** What is of another kind than what is asked says nothing about it. */
function isAsked({ check, outcome, authority }: EvidenceResult): boolean {
  return !(check === "predicate" && outcome === "fail" && authority === undefined);
}

/** What a piece of evidence is, in a few words of ours; names in it are foreign and cut. */
function what(fact: EvidenceFact): string {
  const { content, form } = fact;
  const sbom = sbomOf(fact);
  if (typeof sbom === "object")
    return `bill of materials in ${sbom.format} ${cut(sbom.version)} (${times(sbom.holds, "entry", "entries")})`;
  switch (content.kind) {
    case "signature":
      return `signature (${form})`;
    case "sbom":
      return "bill of materials that cannot be read";
    case "unreadable":
      return `${form}: ${cut(content.why)}`;
    case "attestation":
      return isScanType(content.predicateType)
        ? `scan for vulnerabilities${scanWords(fact)}`
        : `attestation of ${cut(content.predicateType)}`;
  }
}

function scanWords(fact: EvidenceFact): string {
  const predicate = predicateOf(fact) ?? null;
  const time = statedTime(predicate);
  const found = readScan(predicate);
  const when = time === undefined ? "" : ` of ${new Date(time).toISOString().slice(0, 10)}`;
  return typeof found === "string"
    ? when
    : `${when} (${times(found.length, "finding", "findings")})`;
}

function whose({ checks, unsigned }: EvidenceFact): string {
  const passing = checks.filter(({ outcome }) => outcome === "pass");
  if (passing.length > 0)
    return `by ${[...new Set(passing.map(({ authority }) => authority))].join(" and ")}`;
  if (unsigned) return "unsigned";
  return checks.length === 0 ? "by nobody that was checked" : "by none of the policy's authorities";
}

function times(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

const LONGEST = 150;

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
