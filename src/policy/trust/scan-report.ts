import { HARBOR_SCAN, type EvidenceFact, type Json, type Severity } from "#model";
import { isArray, isObject, itemsIn, member, memberAt, textIn } from "./json.ts";

/** One vulnerability as a scanner reported it. */
export interface Vulnerability {
  readonly id: string;
  readonly aliases: readonly string[];
  /** A severity that is not known is critical (issue 5 §2). */
  readonly severity: Severity;
}

const SCANS: ReadonlySet<string> = new Set([
  "https://cosign.sigstore.dev/attestation/vuln/v1",
  "https://in-toto.io/attestation/vulns/v0.1",
  "https://in-toto.io/attestation/vulns/v0.2",
  HARBOR_SCAN,
]);

/** Tells whether a predicate type is that of a scan for vulnerabilities. */
export function isScanType(predicateType: string): boolean {
  return SCANS.has(predicateType);
}

/** What Harbor says of its own scan: scanner, database, worst severity (001-29); undefined of other evidence. */
export function hostScanWords({ content }: EvidenceFact): string | undefined {
  if (content.kind !== "attestation" || content.predicateType !== HARBOR_SCAN) return undefined;
  const { predicate } = content;
  const name = textIn(memberAt(predicate, "scanner", "name")) ?? "";
  const version = textIn(memberAt(predicate, "scanner", "version")) ?? "";
  const database = textIn(memberAt(predicate, "database", "updatedAt"));
  return [
    `scanned by ${`${name} ${version}`.trim() || "a scanner without a name"}`,
    `its database now ${database === undefined ? "of a time that it does not tell" : `of ${database}`}`,
    `worst severity ${textIn(member(predicate, "severity")) ?? "not told"}`,
  ].join(", ");
}

/** What a scan found, whichever scanner made it (001-26); a string tells why it cannot be read. */
export function readScan(predicate: Json): readonly Vulnerability[] | string {
  const result = memberAt(predicate, "scanner", "result") ?? predicate;
  if (isArray(result)) return result.map(inTotoFinding);
  const trivy = member(result, "Results");
  if (isArray(trivy))
    return trivy.flatMap((part) => itemsIn(member(part, "Vulnerabilities")).map(trivyFinding));
  if (
    trivy === undefined &&
    isObject(result) &&
    "SchemaVersion" in result &&
    "ArtifactName" in result
  )
    return [];
  const grype = member(result, "matches");
  if (isArray(grype)) return grype.map(grypeFinding);
  const listed = member(result, "vulnerabilities");
  if (isArray(listed)) return listed.map(listedFinding);
  return "the scanner's result has a shape that is not known here";
}

/** The predicate of in-toto: each finding with its severities by method. */
function inTotoFinding(item: Json): Vulnerability {
  const scores = itemsIn(member(item, "severity")).map((entry) =>
    severityOf(member(entry, "score")),
  );
  return { id: idOf(member(item, "id")), aliases: [], severity: worst(scores) };
}

function trivyFinding(item: Json): Vulnerability {
  return {
    id: idOf(member(item, "VulnerabilityID")),
    aliases: textsIn(member(item, "VendorIDs")),
    severity: severityOf(member(item, "Severity")),
  };
}

function grypeFinding(item: Json): Vulnerability {
  const related = itemsIn(member(item, "relatedVulnerabilities"));
  return {
    id: idOf(memberAt(item, "vulnerability", "id")),
    aliases: related.flatMap((other) => textIn(member(other, "id")) ?? []),
    severity: severityOf(memberAt(item, "vulnerability", "severity")),
  };
}

/** Harbor's and Snyk's reports: a list with an identifier and a severity each. */
function listedFinding(item: Json): Vulnerability {
  return {
    id: idOf(member(item, "id")),
    aliases: textsIn(memberAt(item, "identifiers", "CVE")),
    severity: severityOf(member(item, "severity")),
  };
}

function idOf(value: Json | undefined): string {
  return textIn(value) ?? "a vulnerability without a name";
}

function textsIn(value: Json | undefined): readonly string[] {
  return itemsIn(value).flatMap((item) => textIn(item) ?? []);
}

const ORDER: readonly Severity[] = ["negligible", "low", "medium", "high", "critical"];
const WORDS: ReadonlyMap<string, Severity> = new Map([
  ["critical", "critical"],
  ["high", "high"],
  ["important", "high"],
  ["medium", "medium"],
  ["moderate", "medium"],
  ["low", "low"],
  ["minor", "low"],
  ["negligible", "negligible"],
  ["none", "negligible"],
]);

/** A severity by its word, or by a CVSS score from 0 to 10; whatever else is critical. */
function severityOf(value: Json | undefined): Severity {
  const word = textIn(value)?.trim().toLowerCase() ?? "";
  const score =
    typeof value === "number" ? value : /^\d{1,2}(?:\.\d)?$/.test(word) ? Number(word) : undefined;
  if (score === undefined) return WORDS.get(word) ?? "critical";
  if (score >= 9 || score < 0) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "negligible";
}

function worst(severities: readonly Severity[]): Severity {
  if (severities.length === 0) return "critical";
  return ORDER.findLast((severity) => severities.includes(severity)) ?? "critical";
}

/** Tells whether a severity is at least as bad as another. */
export function isAtLeast(severity: Severity, other: Severity): boolean {
  return ORDER.indexOf(severity) >= ORDER.indexOf(other);
}
