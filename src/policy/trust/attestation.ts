import { parseTime, type AttestationRequirement } from "#model";
import { ageLimit, tooOld, type AgeLimit } from "./age.ts";
import {
  accepted,
  fallenResult,
  findingOf,
  refused,
  signerOf,
  sortEvidence,
  type Against,
  type Asked,
  type Candidate,
  type Finding,
} from "./candidates.ts";
import { judgeCondition } from "./conditions.ts";
import { isAttestation, isBadOneMissing, newestOf, predicateOf, statedTime } from "./newest.ts";

interface Statement {
  readonly candidate: Candidate;
  /** By what it says itself, else by its trusted time; undefined where neither is known. */
  readonly time: number | undefined;
  readonly against: Against | undefined;
}

/** Any other statement about the digest, of one predicate type, whose values are what `where` asks (001-09). */
export function judgeAttestation(requirement: AttestationRequirement, asked: Asked): Finding {
  const { question } = asked;
  const { predicateType, signedBy, unsigned, count } = requirement;
  function isKind(type: string): boolean {
    return type === predicateType;
  }
  const sorted = sortEvidence(asked, {
    what: `an attestation of ${predicateType}`,
    authorities: signedBy,
    unsigned,
    accepts: isAttestation(isKind),
  });
  const limit = ageLimit(requirement, question);
  const statements = sorted.candidates.map((candidate) =>
    statementOf(candidate, requirement, asked),
  );
  const newest = newestOf(
    statements.flatMap(({ candidate, time, against }) =>
      time === undefined ? [] : [{ candidate, time, good: against === undefined }],
    ),
    question.now,
  );
  const refuting = new Set(newest.bad.map(({ candidate }) => candidate));
  const good = statements
    .filter((statement) => counts(statement, limit))
    .filter(
      ({ candidate, time }) =>
        time === undefined || newest.good.some((item) => item.candidate === candidate),
    )
    .map(({ candidate }) => candidate);
  const signers = new Set(good.map(signerOf));
  return findingOf("attestation", sorted, {
    satisfied: signers.size >= count && refuting.size === 0,
    results: statements.map((statement) => resultOf(statement, limit)),
    used: good,
    fix: `attest ${predicateType} as ${signedBy.join(" or ")}${requirement.where.length === 0 ? "" : ", with values that meet the rule"}`,
    doubtful: (sorted.unknown && isDated(statements)) || isBadOneMissing(asked, signedBy, isKind),
    refuted: refuting.size > 0 && !sorted.unknown,
  });
}

function isDated(statements: readonly Statement[]): boolean {
  return statements.some(({ time }) => time !== undefined);
}

function statementOf(
  candidate: Candidate,
  { where }: AttestationRequirement,
  { question }: Asked,
): Statement {
  const predicate = predicateOf(candidate.fact) ?? null;
  const failed = where
    .map((condition) => judgeCondition(condition, predicate, question.now))
    .find(({ holds }) => !holds);
  return {
    candidate,
    time: statedTime(predicate) ?? parseTime(candidate.check?.trustedTime ?? ""),
    against: failed && { expected: failed.expected, found: failed.found },
  };
}

function counts({ candidate, time, against }: Statement, limit: AgeLimit): boolean {
  return (
    against === undefined && candidate.fallen === undefined && tooOld(time, limit) === undefined
  );
}

function resultOf(
  { candidate, time, against }: Statement,
  limit: AgeLimit,
): Finding["result"]["evidence"][number] {
  if (against !== undefined) return refused(candidate, "condition", against);
  if (candidate.fallen !== undefined) return fallenResult(candidate);
  const old = tooOld(time, limit);
  return old === undefined ? accepted(candidate, "condition") : refused(candidate, "time", old);
}
