import type { LicenceDemand, RequiresResult } from "#model";
import { sortEvidence, type Asked, type Candidate } from "./candidates.ts";
import { deniedBy } from "./licences.ts";
import { evidenceOf, type TrustQuestion } from "./question.ts";
import { sbomOf } from "./sbom-document.ts";

/**
 * What bills of materials say of licences. Those that some authority signed are asked, and only where there are none,
 * unsigned ones that are bound to the digest; all of those must be free of what is denied (002-57).
 */
export function judgeLicences(question: TrustQuestion, demand: LicenceDemand): RequiresResult {
  const expected =
    demand.deny.length === 0 ? "licences that are said" : `none of ${demand.deny.join(", ")}`;
  const asked: Asked = { question, evidence: evidenceOf(question, question.digest) };
  const sorted = sortEvidence(asked, {
    what: "a bill of materials",
    authorities: [...(question.policy?.authorities.keys() ?? [])],
    unsigned: true,
    accepts: (fact) => sbomOf(fact) !== undefined,
  });
  const signed = sorted.candidates.filter(({ check }) => check !== undefined);
  const unsigned = sorted.candidates.filter(
    ({ check, fact }) => check === undefined && fact.unsigned,
  );
  const chosen = signed.length > 0 ? signed : unsigned;
  const against = chosen.flatMap((candidate) => whyNot(candidate, demand));
  const row = { name: "licences", expected };
  if (against.length > 0) return { ...row, outcome: "fail", found: against.slice(0, 5).join(", ") };
  if (sorted.unknown)
    return { ...row, outcome: "unknown", found: "evidence that could not be read" };
  return chosen.some(({ fallen, fact }) => fallen === undefined && typeof sbomOf(fact) === "object")
    ? { ...row, outcome: "pass", found: "nothing that is denied" }
    : { ...row, outcome: "fail", found: "no bill of materials" };
}

function whyNot({ fact }: Candidate, { deny, unknown }: LicenceDemand): readonly string[] {
  const sbom = sbomOf(fact);
  if (typeof sbom !== "object") return [];
  const lower = new Set(deny.map((id) => id.toLowerCase()));
  const found = sbom.licences.map((text) =>
    text === undefined ? undefined : deniedBy(text, lower),
  );
  const unsaid = found.filter((list) => list === undefined).length;
  return [
    ...new Set(found.flatMap((list) => list ?? [])),
    ...(unknown === "refuse" && unsaid > 0 ? [`${unsaid} packages without a licence`] : []),
  ];
}
