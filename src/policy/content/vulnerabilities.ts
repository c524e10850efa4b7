import {
  compareText,
  SEVERITIES,
  type Compared,
  type FoundVulnerability,
  type Json,
  type VulnerabilityChange,
} from "#model";
import { cut, mostOf } from "./caps.ts";
import { readScan } from "../trust/scan-report.ts";

/** Vulnerabilities that only one of two reports has, whichever scanner made each (issue 6 §2); aliases are one vulnerability. */
export function compareVulnerabilities(
  before: Json | undefined,
  after: Json | undefined,
): Compared<VulnerabilityChange> {
  const now = after === undefined ? "there is no report" : readScan(after);
  if (typeof now === "string") return { kind: "unknown", why: `of the new version ${now}` };
  const old = before === undefined ? "there is no report" : readScan(before);
  if (typeof old === "string")
    return { kind: "unknown", why: `of the version that is there ${old}` };
  const fixed = mostOf(onlyIn(old, now), "vulnerabilities");
  const introduced = mostOf(onlyIn(now, old), "vulnerabilities");
  const basis = introduced.basis ?? fixed.basis;
  const value = { fixed: fixed.value, introduced: introduced.value };
  return { kind: "compared", value, ...(basis === undefined ? {} : { basis }) };
}

type Scan = Exclude<ReturnType<typeof readScan>, string>;

function onlyIn(scan: Scan, other: Scan): readonly FoundVulnerability[] {
  const known = new Set(other.flatMap(({ id, aliases }) => [id, ...aliases]));
  const found = new Map<string, FoundVulnerability>();
  for (const { id, aliases, severity } of scan) {
    const before = found.get(id);
    if ([id, ...aliases].some((name) => known.has(name))) continue;
    if (before === undefined || rank(severity) > rank(before.severity))
      found.set(id, { id: cut(id), severity });
  }
  return [...found.values()].toSorted(
    (a, b) => rank(b.severity) - rank(a.severity) || compareText(a.id, b.id),
  );
}

function rank(severity: FoundVulnerability["severity"]): number {
  return SEVERITIES.indexOf(severity);
}
