import type { SbomRequirement } from "#model";
import {
  accepted,
  fallenResult,
  findingOf,
  refused,
  sortEvidence,
  type Asked,
  type Candidate,
  type Finding,
} from "./candidates.ts";
import { shownJson } from "./json.ts";
import { sbomOf } from "./sbom-document.ts";

/** A bill of materials in one of the formats that parses and holds something (001-07, 002-61). */
export function judgeSbom(requirement: SbomRequirement, asked: Asked): Finding {
  const { formats, signedBy, unsigned } = requirement;
  const sorted = sortEvidence(asked, {
    what: "a bill of materials",
    authorities: signedBy ?? [],
    unsigned,
    accepts: (fact) => sbomOf(fact) !== undefined,
  });
  const judged = sorted.candidates.map((candidate) => ({
    candidate,
    against: whyNot(candidate, formats),
  }));
  const good = judged.filter(
    ({ candidate, against }) => !candidate.fallen && against === undefined,
  );
  const by = signedBy === undefined ? "" : `, attested by ${signedBy.join(" or ")}`;
  return findingOf("sbom", sorted, {
    satisfied: good.length > 0,
    results: judged.map(({ candidate, against }) => {
      if (candidate.fallen !== undefined) return fallenResult(candidate);
      if (against === undefined)
        return { ...accepted(candidate, "predicate"), ...nameOf(candidate, asked) };
      return refused(candidate, "predicate", {
        expected: `a bill of materials in ${formats.join(" or ")}`,
        found: against,
      });
    }),
    used: good.map(({ candidate }) => candidate),
    fix: `attach a bill of materials in ${formats.join(" or ")}${by}`,
  });
}

function whyNot({ fact }: Candidate, formats: readonly string[]): string | undefined {
  const sbom = sbomOf(fact);
  if (sbom === undefined || typeof sbom === "string") return sbom ?? "something else";
  return formats.includes(sbom.format) ? undefined : `${sbom.format} ${sbom.version}`;
}

/** A bill of materials that calls what it describes otherwise is told so, and no worse for it (issue 5 §2). */
function nameOf({ fact }: Candidate, { question }: Asked): { readonly found?: string } {
  const sbom = sbomOf(fact);
  const name = typeof sbom === "object" ? sbom.name : undefined;
  if (name === undefined || name.includes(question.artifact.name)) return {};
  return { found: `it calls it ${shownJson(name)}` };
}
