import type { Digest, Fault, Known, Repository, SubjectEvidence, VersionLine } from "#model";
import type { TrustSurvey, VersionContent } from "#inventory";
import type { ReadVersion } from "#policy";
import type { ReadStores } from "#stores";
import type { Surveys } from "../trust/surveys.ts";

/** With what versions are read. */
export interface VersionReading {
  readonly stores: ReadStores;
  readonly surveys: Surveys;
  readonly now: Date;
}

/** A version, and where it is looked for, best first. */
export interface VersionAsked {
  readonly line: VersionLine;
  readonly repositories: readonly Repository[];
}

/** Reads what a version holds and what evidence there is about it; what could not be read is said in the answer (promise 3). */
export async function readVersion(
  { line, repositories }: VersionAsked,
  reading: VersionReading,
  signal: AbortSignal,
): Promise<ReadVersion> {
  const { version, digest } = line;
  const { repository, image } = await findContent(digest, repositories, reading, signal);
  const about = { repository, digest, image };
  const { evidence, of } = await readEvidence(about, reading, signal);
  return { version, image, evidence, evidenceOf: of };
}

/** A version of which nothing was read, and why. */
export function unreadVersion({ line: { version } }: VersionAsked, why: string): ReadVersion {
  const fault = { code: "interrupted", message: why, hint: undefined, retryable: true };
  return {
    version,
    image: { kind: "unknown", fault },
    evidence: { facts: [], faults: [fault] },
    evidenceOf: undefined,
  };
}

interface Found {
  readonly repository: Repository | undefined;
  readonly image: Known<VersionContent>;
}

/** The first repository that holds the digest. */
async function findContent(
  digest: Digest,
  repositories: readonly Repository[],
  { stores }: VersionReading,
  signal: AbortSignal,
): Promise<Found> {
  const { attempt, readContent } = await import("#inventory");
  let fault: Fault | undefined;
  for (const repository of repositories) {
    const read = await attempt(async () => readContent(stores.read(repository), digest, signal));
    if (read.kind === "fault") fault ??= read.fault;
    else if (read.value !== undefined)
      return { repository, image: { kind: "known", value: read.value } };
  }
  return {
    repository: repositories[0],
    image: { kind: "unknown", fault: fault ?? nowhere(digest, repositories) },
  };
}

function nowhere(digest: Digest, repositories: readonly Repository[]): Fault {
  return {
    code: "not-found",
    message: `${digest} is not in ${repositories.join(" or ") || "any repository"}`,
    hint: undefined,
    retryable: false,
  };
}

interface About extends Found {
  readonly digest: Digest;
}

const NOTHING: SubjectEvidence = { facts: [], faults: [] };

/** Evidence about the version itself, its host's own scan included, and where that says nothing of its content, about one of its platforms. */
async function readEvidence(
  { repository, digest, image }: About,
  { surveys, now }: VersionReading,
  signal: AbortSignal,
): Promise<{ readonly evidence: SubjectEvidence; readonly of: string | undefined }> {
  if (repository === undefined) return { evidence: NOTHING, of: undefined };
  const survey = surveys.at(now);
  const gathered = await survey.gather(
    { digest, repositories: [repository], evidence: "digest", details: "none", revoked: [] },
    signal,
  );
  const own = gathered.evidence.get(digest) ?? NOTHING;
  const { sbomsIn, scansIn } = await import("#policy");
  const hasBoth = sbomsIn(own.facts).length > 0 && scansIn(own.facts).length > 0;
  const platform = image.kind === "known" ? platformOf(image.value, digest) : undefined;
  if (hasBoth || platform === undefined) return { evidence: own, of: undefined };
  const parts = [
    own,
    await survey.evidence(repository, platform.digest, signal),
    ...(await insideOf(repository, platform, survey, signal)),
  ];
  const facts = parts.flatMap((part) => part.facts);
  if (facts.length === own.facts.length) return { evidence: own, of: undefined };
  return {
    evidence: { facts, faults: parts.flatMap((part) => part.faults) },
    of: platform.platform,
  };
}

/** What the index lists about its platform beside it. */
async function insideOf(
  repository: Repository,
  { digest, attestation }: VersionContent["platforms"][number],
  survey: TrustSurvey,
  signal: AbortSignal,
): Promise<readonly SubjectEvidence[]> {
  if (attestation === undefined) return [];
  return [await survey.inside(repository, { attestation, subject: digest }, signal)];
}

/** The platform that most images have, so that two versions are compared by the same one. */
function platformOf(
  { platforms }: VersionContent,
  digest: Digest,
): VersionContent["platforms"][number] | undefined {
  const below = platforms.filter((each) => each.digest !== digest);
  return below.find(({ platform }) => platform === "linux/amd64") ?? below[0];
}
