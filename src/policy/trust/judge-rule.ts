import type {
  Digest,
  EvidenceFact,
  Outcome,
  Requirement,
  RequirementResult,
  RuleResult,
  TrustRule,
} from "#model";
import { judgeAttestation } from "./attestation.ts";
import type { Asked, Finding } from "./candidates.ts";
import { judgeProvenance } from "./provenance.ts";
import { evidenceOf, type TrustQuestion } from "./question.ts";
import { judgeSbom } from "./sbom.ts";
import { judgeSignature } from "./signature.ts";
import { judgeVulnerabilities } from "./vulnerabilities.ts";

/** A rule, judged over every manifest that its coverage names. */
export interface RuleFinding {
  readonly result: RuleResult;
  readonly used: readonly EvidenceFact[];
  readonly attempted: boolean;
  readonly exceptions: readonly string[];
}

/** Judges one rule: every requirement on every covered manifest must pass. */
export function judgeRule(question: TrustQuestion, rule: TrustRule): RuleFinding {
  const subjects = coveredBy(question, rule);
  const perSubject = subjects?.map((subject) =>
    judgeSubject({ question, evidence: evidenceOf(question, subject) }, rule),
  );
  const requirements = rule.require.map((requirement, index) =>
    together(
      requirement,
      perSubject?.map((findings) => findings[index]),
    ),
  );
  return {
    result: {
      rule: rule.name,
      mode: rule.mode,
      outcome: worst(requirements.map(({ result }) => result.outcome)),
      requirements: requirements.map(({ result }) => result),
    },
    used: requirements.flatMap(({ used }) => used),
    attempted: requirements.some(({ attempted }) => attempted),
    exceptions: requirements.flatMap(({ exceptions }) => exceptions),
  };
}

/** The manifests that a rule covers; undefined where the platforms are asked and not known. */
function coveredBy(
  { digest, facts }: TrustQuestion,
  { coverage }: TrustRule,
): readonly Digest[] | undefined {
  if (coverage === "index") return [digest];
  if (facts.image.kind === "unknown") return undefined;
  const platforms = facts.image.value.platforms.map((platform) => platform.digest);
  const all = coverage === "all" || platforms.length === 0 ? [digest, ...platforms] : platforms;
  return [...new Set(all)];
}

function judgeSubject(asked: Asked, rule: TrustRule): readonly Finding[] {
  const scans: number[] = [];
  const judged = new Map<Requirement, Finding>();
  for (const requirement of rule.require) {
    if (requirement.type !== "vulnerabilities") continue;
    const finding = judgeVulnerabilities(requirement, asked, rule.name);
    scans.push(...finding.scans);
    judged.set(requirement, finding);
  }
  return rule.require.map(
    (requirement) => judged.get(requirement) ?? judgeRequirement(requirement, asked, scans),
  );
}

function judgeRequirement(
  requirement: Requirement,
  asked: Asked,
  scans: readonly number[],
): Finding {
  switch (requirement.type) {
    case "signature":
      return judgeSignature(requirement, asked, scans);
    case "sbom":
      return judgeSbom(requirement, asked);
    case "provenance":
      return judgeProvenance(requirement, asked);
    case "vulnerabilities":
      return judgeVulnerabilities(requirement, asked, "");
    case "attestation":
      return judgeAttestation(requirement, asked);
  }
}

function together(
  requirement: Requirement,
  findings: readonly (Finding | undefined)[] | undefined,
): Finding {
  const found = (findings ?? []).filter((finding) => finding !== undefined);
  const outcome =
    findings === undefined ? "unknown" : worst(found.map(({ result }) => result.outcome));
  const fix =
    findings === undefined
      ? "make the manifest readable, so that its platforms are known"
      : found.find(({ result }) => result.fix !== undefined)?.result.fix;
  const unread = [...new Set(found.flatMap(({ result }) => result.unread ?? []))];
  const result: RequirementResult = {
    type: requirement.type,
    outcome,
    evidence: found.flatMap(({ result: { evidence } }) => evidence),
    ...(outcome === "unknown" && unread.length > 0 ? { unread } : {}),
    ...(fix === undefined ? {} : { fix }),
  };
  return {
    result,
    used: outcome === "pass" ? found.flatMap(({ used }) => used) : [],
    attempted: found.some(({ attempted }) => attempted),
    exceptions: outcome === "pass" ? found.flatMap(({ exceptions }) => exceptions) : [],
  };
}

/** A fact that refuses decides before one that is not known. */
function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("fail")) return "fail";
  return outcomes.includes("unknown") ? "unknown" : "pass";
}
