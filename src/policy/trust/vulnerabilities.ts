import {
  matchesGlob,
  parseTime,
  type EvidenceFact,
  type EvidenceResult,
  type TrustException,
  type VulnerabilitiesRequirement,
} from "#model";
import { ageLimit, tooOld, type AgeLimit } from "./age.ts";
import {
  accepted,
  fallenResult,
  findingOf,
  refused,
  sortEvidence,
  type Against,
  type Asked,
  type Candidate,
  type Finding,
} from "./candidates.ts";
import { isAttestation, isBadOneMissing, newestOf, predicateOf, statedTime } from "./newest.ts";
import {
  hostScanWords,
  isAtLeast,
  isScanType,
  readScan,
  type Vulnerability,
} from "./scan-report.ts";
import { mitigationsOf, type Mitigations } from "./vex.ts";

/** A finding, and the trusted times of every scan that passes, for a signature's `after`. */
export interface ScanFinding extends Finding {
  readonly scans: readonly number[];
}

/** One scan, judged. */
interface Scan {
  readonly candidate: Candidate;
  readonly time: number | undefined;
  /** What it holds that refuses; undefined where nothing does. */
  readonly against: Against | undefined;
  readonly exceptions: readonly string[];
  readonly vex: readonly EvidenceFact[];
}

/** A scan that is new enough and holds nothing that blocks (001-08, 002-58). */
export function judgeVulnerabilities(
  requirement: VulnerabilitiesRequirement,
  asked: Asked,
  rule: string,
): ScanFinding {
  const { question } = asked;
  const sorted = sortEvidence(asked, {
    what: "a scan for vulnerabilities",
    authorities: requirement.signedBy,
    unsigned: requirement.unsigned,
    accepts: isAttestation(isScanType),
  });
  const mitigations = mitigationsOf(asked, requirement.vexSignedBy);
  const judge: Judge = { requirement, asked, rule, mitigations };
  const scans = sorted.candidates.map((candidate) => scanOf(candidate, judge));
  const newest = newestOf(
    scans.flatMap(({ candidate, time, against }) =>
      time === undefined ? [] : [{ candidate, time, good: against === undefined }],
    ),
    question.now,
  );
  const limit = ageLimit(requirement, question);
  const good = newest.good.filter(({ time }) => tooOld(time, limit) === undefined).slice(0, 1);
  const counted = scans.filter(({ candidate }) =>
    good.some((item) => item.candidate === candidate),
  );
  const unknown = sorted.unknown || mitigations.unknown;
  const finding = findingOf(
    "vulnerabilities",
    { ...sorted, unknown },
    {
      satisfied: good.length > 0 && newest.bad.length === 0,
      results: scans.map((scan) => resultOf(scan, limit)),
      used: good.map(({ candidate }) => candidate),
      fix: fixOf(requirement, newest.bad.length > 0),
      doubtful: sorted.unknown || isBadOneMissing(asked, requirement.signedBy, isScanType),
      refuted: newest.bad.length > 0 && !unknown,
      exceptions: counted.flatMap(({ exceptions }) => exceptions),
    },
  );
  return {
    ...finding,
    used: finding.used.length === 0 ? [] : [...finding.used, ...counted.flatMap(({ vex }) => vex)],
    scans: scans.flatMap(passingTime),
  };
}

function passingTime({ candidate, against, time }: Scan): readonly number[] {
  const signed = parseTime(candidate.check?.trustedTime ?? "");
  const passes = against === undefined && candidate.fallen === undefined && time !== undefined;
  return passes && signed !== undefined ? [signed] : [];
}

function fixOf({ signedBy, vexSignedBy }: VulnerabilitiesRequirement, isBad: boolean): string {
  if (!isBad) return `scan the digest and attest the result as ${signedBy.join(" or ")}`;
  const vex =
    vexSignedBy === undefined
      ? ""
      : `, or state the mitigation in VEX as ${vexSignedBy.join(" or ")}`;
  return `fix what was found and build again${vex}`;
}

interface Judge {
  readonly requirement: VulnerabilitiesRequirement;
  readonly asked: Asked;
  readonly rule: string;
  readonly mitigations: Mitigations;
}

function scanOf(candidate: Candidate, judge: Judge): Scan {
  const predicate = predicateOf(candidate.fact) ?? null;
  const read = readScan(predicate);
  const shared = { candidate, time: statedTime(predicate) };
  if (typeof read === "string") {
    const against = { expected: "a result that can be read", found: read };
    return { ...shared, against, exceptions: [], vex: [] };
  }
  const exceptions: string[] = [];
  const vex: EvidenceFact[] = [];
  const blocked = read.filter((found) => {
    const excuse = excuseOf(found, judge);
    if (excuse?.exception !== undefined) exceptions.push(excuse.exception.vulnerability);
    if (excuse?.vex !== undefined) vex.push(...excuse.vex);
    return excuse === undefined;
  });
  return { ...shared, against: against(blocked), exceptions, vex };
}

/** Why a vulnerability does not block; undefined where it does. */
interface Excuse {
  readonly exception?: TrustException;
  readonly vex?: readonly EvidenceFact[];
}

function excuseOf(found: Vulnerability, judge: Judge): Excuse | undefined {
  const { requirement, mitigations } = judge;
  const blocks = requirement.block.filter(({ severity }) => isAtLeast(found.severity, severity));
  if (blocks.length === 0) return {};
  const names = [found.id, ...found.aliases];
  const exception = exceptionFor(names, judge);
  if (exception !== undefined) return { exception };
  if (!blocks.every(({ unlessMitigated }) => unlessMitigated)) return undefined;
  const vex = mitigations.of(names);
  return vex === undefined ? undefined : { vex };
}

function exceptionFor(
  names: readonly string[],
  { asked: { question }, rule }: Judge,
): TrustException | undefined {
  return question.policy?.exceptions.find(
    (entry) =>
      entry.rule === rule &&
      names.includes(entry.vulnerability) &&
      matchesGlob(entry.artifact, question.artifact.id) &&
      (parseTime(entry.until) ?? 0) > question.now.getTime(),
  );
}

const NAMED = 5;

function against(blocked: readonly Vulnerability[]): Against | undefined {
  if (blocked.length === 0) return undefined;
  const named = blocked.slice(0, NAMED).map(({ id, severity }) => `${id} (${severity})`);
  const more = blocked.length > NAMED ? ` and ${blocked.length - NAMED} more` : "";
  return { expected: "no vulnerability that blocks", found: `${named.join(", ")}${more}` };
}

function resultOf({ candidate, time, against: held }: Scan, limit: AgeLimit): EvidenceResult {
  if (held !== undefined) return refused(candidate, "condition", held);
  if (candidate.fallen !== undefined) return fallenResult(candidate);
  if (time === undefined)
    return refused(candidate, "time", {
      expected: "the time when the scan finished",
      found: "none",
    });
  const old = tooOld(time, limit);
  if (old !== undefined) return refused(candidate, "time", old);
  const found = hostScanWords(candidate.fact);
  const result = accepted(candidate, "condition");
  return found === undefined ? result : { ...result, found };
}
