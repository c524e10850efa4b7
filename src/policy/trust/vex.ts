import { parseTime, type EvidenceFact, type Json } from "#model";
import { sortEvidence, type Asked, type Candidate } from "./candidates.ts";
import { itemsIn, member, memberAt, textIn } from "./json.ts";
import { isAttestation, isBadOneMissing, newestOf, predicateOf, type Dated } from "./newest.ts";

/** What trusted VEX statements say about one digest. */
export interface Mitigations {
  /** The statement's evidence, where one of the names is mitigated; undefined where none is. */
  readonly of: (names: readonly string[]) => readonly EvidenceFact[] | undefined;
  readonly unknown: boolean;
  readonly attempted: boolean;
}

/** One statement about one vulnerability. */
interface Said {
  readonly names: readonly string[];
  readonly mitigates: boolean;
  readonly time: number | undefined;
}

/**
 * Mitigated means `not_affected`, `fixed` or a stated workaround, by somebody whose VEX counts (002-58). The newest word
 * of each counts, and a newer word against it takes it back.
 */
export function mitigationsOf(asked: Asked, signedBy: readonly string[] | undefined): Mitigations {
  if (signedBy === undefined) return { of: () => undefined, unknown: false, attempted: false };
  const sorted = sortEvidence(asked, {
    what: "a VEX statement",
    authorities: signedBy,
    unsigned: false,
    accepts: isAttestation(isVexType),
  });
  const series = new Map<string, Dated[]>();
  for (const candidate of sorted.candidates) {
    for (const said of readVex(predicateOf(candidate.fact) ?? null)) {
      for (const name of said.names) {
        const dated = { candidate, time: timeOf(said, candidate), good: said.mitigates };
        series.set(name, [...(series.get(name) ?? []), dated]);
      }
    }
  }
  return {
    of: (names) =>
      mitigating(
        names.flatMap((name) => series.get(name) ?? []),
        asked,
      ),
    unknown: sorted.unknown || isBadOneMissing(asked, signedBy, isVexType),
    attempted: sorted.attempted,
  };
}

function mitigating(
  series: readonly Dated[],
  { question }: Asked,
): readonly EvidenceFact[] | undefined {
  const { good, bad } = newestOf(series, question.now);
  if (good.length === 0 || bad.length > 0) return undefined;
  return good.map(({ candidate }) => candidate.fact);
}

function timeOf({ time }: Said, { check }: Candidate): number {
  return time ?? parseTime(check?.trustedTime ?? "") ?? -Infinity;
}

function isVexType(predicateType: string): boolean {
  return (
    predicateType.startsWith("https://openvex.dev/ns") ||
    predicateType.startsWith("https://cyclonedx.org/vex") ||
    predicateType.startsWith("https://cyclonedx.org/bom")
  );
}

function readVex(predicate: Json): readonly Said[] {
  const vulnerabilities = itemsIn(member(predicate, "vulnerabilities"));
  if (vulnerabilities.length > 0)
    return vulnerabilities.flatMap((item) => cycloneDx(predicate, item));
  return itemsIn(member(predicate, "statements")).map((item) => openVex(predicate, item));
}

function openVex(document: Json, statement: Json): Said {
  const vulnerability = member(statement, "vulnerability");
  const status = textIn(member(statement, "status"));
  const workaround = (textIn(member(statement, "action_statement")) ?? "").trim() !== "";
  return {
    names: namesIn([
      vulnerability,
      member(vulnerability, "name"),
      member(vulnerability, "@id"),
      ...itemsIn(member(vulnerability, "aliases")),
    ]),
    mitigates:
      status === "not_affected" || status === "fixed" || (status === "affected" && workaround),
    time: firstTime([
      member(statement, "last_updated"),
      member(statement, "timestamp"),
      member(document, "last_updated"),
      member(document, "timestamp"),
    ]),
  };
}

const FIXED: ReadonlySet<string> = new Set(["not_affected", "resolved", "resolved_with_pedigree"]);

/** A vulnerability without an analysis says nothing of mitigation. */
function cycloneDx(document: Json, vulnerability: Json): readonly Said[] {
  const analysis = member(vulnerability, "analysis");
  if (analysis === undefined) return [];
  const responses = itemsIn(member(analysis, "response"));
  return [
    {
      names: namesIn([
        member(vulnerability, "id"),
        ...itemsIn(member(vulnerability, "references")).map((item) => member(item, "id")),
      ]),
      mitigates:
        FIXED.has(textIn(member(analysis, "state")) ?? "") ||
        responses.includes("workaround_available"),
      time: firstTime([
        member(analysis, "lastUpdated"),
        memberAt(document, "metadata", "timestamp"),
      ]),
    },
  ];
}

function namesIn(values: readonly (Json | undefined)[]): readonly string[] {
  return [...new Set(values.flatMap((value) => textIn(value) ?? []))];
}

function firstTime(values: readonly (Json | undefined)[]): number | undefined {
  for (const value of values) {
    const time = parseTime(textIn(value) ?? "");
    if (time !== undefined) return time;
  }
  return undefined;
}
