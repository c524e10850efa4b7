import type {
  Compared,
  ContentChange,
  ContentSize,
  Digest,
  Json,
  Known,
  SourceRange,
  SubjectEvidence,
} from "#model";
import { compareConfigs, comparePlatforms, type Configs } from "./config.ts";
import { pairOf, sbomsIn, scansIn, type ContentDocument } from "./documents.ts";
import { originOf } from "./origin.ts";
import { comparePackages } from "./packages.ts";
import { compareVulnerabilities } from "./vulnerabilities.ts";

/** What was read of one version, as far as two are compared. */
export interface ReadVersion {
  readonly version: string;
  readonly image: Known<ReadImageContent>;
  readonly evidence: SubjectEvidence;
  /** The platform whose evidence it is, where that of the whole said nothing. */
  readonly evidenceOf: string | undefined;
}

/** What its manifests and configs say. */
export interface ReadImageContent {
  readonly annotations: ReadonlyMap<string, string>;
  readonly platforms: readonly { readonly platform: string; readonly config: Json | undefined }[];
  readonly unread: number;
  readonly blobs: ReadonlyMap<Digest, number>;
}

/** What differs between the version that a channel has and the one that would enter it (issue 6 §2). */
export function compareContent(before: ReadVersion, after: ReadVersion): ContentChange {
  return {
    against: before.version,
    packages: comparedBy({ before, after, what: "SBOM", documents: sbomsIn }, comparePackages),
    vulnerabilities: comparedBy(
      { before, after, what: "scan for vulnerabilities", documents: scansIn },
      compareVulnerabilities,
    ),
    config: ofImages(before, after, (was, is) => compareConfigs(configsOf(was), configsOf(is))),
    platforms: ofImages(before, after, (was, is) =>
      comparePlatforms(platformNames(was), platformNames(is)),
    ),
    source: sourceRange(before, after),
  };
}

/** How large the new version is, and how much of it the other has, too; undefined where not all of it was read. */
export function contentSize(
  before: ReadVersion | undefined,
  after: ReadVersion,
): ContentSize | undefined {
  if (after.image.kind === "unknown" || after.image.value.unread > 0) return undefined;
  const known = before?.image.kind === "known" ? before.image.value.blobs : new Map();
  const blobs = [...after.image.value.blobs];
  return {
    bytes: sum(blobs),
    reused: sum(blobs.filter(([digest]) => known.has(digest))),
  };
}

function sum(blobs: readonly (readonly [Digest, number])[]): number {
  return blobs.reduce((total, [, size]) => total + size, 0);
}

interface Comparison {
  readonly before: ReadVersion;
  readonly after: ReadVersion;
  readonly what: string;
  readonly documents: (facts: SubjectEvidence["facts"]) => readonly ContentDocument[];
}

function comparedBy<Value>(
  { before, after, what, documents }: Comparison,
  compare: (before: Json | undefined, after: Json | undefined) => Compared<Value>,
): Compared<Value> {
  const [was, is] = pairOf(documents(before.evidence.facts), documents(after.evidence.facts));
  if (is === undefined) return lacking(after, what);
  if (was === undefined) return lacking(before, what);
  const compared = compare(was.document, is.document);
  if (compared.kind === "unknown") return compared;
  const basis = [compared.basis ?? "", basisOf(before, after, was.isVouched && is.isVouched)]
    .filter((text) => text !== "")
    .join(", ");
  return basis === "" ? compared : { ...compared, basis };
}

/** What could not be read is said, and never told as nothing. */
function lacking(
  { version, evidence }: ReadVersion,
  what: string,
): { kind: "unknown"; why: string } {
  const [fault] = evidence.faults;
  if (fault !== undefined)
    return {
      kind: "unknown",
      why: `the ${what} of ${version} could not be read: ${fault.message}`,
    };
  return { kind: "unknown", why: `${version} has no ${what} that can be read` };
}

/** What makes a comparison less than it looks: one platform only, or documents that nobody vouches for (000-20). */
function basisOf(before: ReadVersion, after: ReadVersion, isVouched: boolean): string {
  const platform = after.evidenceOf ?? before.evidenceOf;
  return [
    ...(platform === undefined ? [] : [`of ${platform}`]),
    ...(isVouched ? [] : ["from reports that no authority of the policy vouches for"]),
  ].join(", ");
}

function ofImages<Value>(
  before: ReadVersion,
  after: ReadVersion,
  compare: (before: ReadImageContent, after: ReadImageContent) => Value,
): Compared<Value> {
  for (const { version, image } of [after, before]) {
    if (image.kind === "unknown")
      return { kind: "unknown", why: `${version} could not be read: ${image.fault.message}` };
  }
  if (before.image.kind === "unknown" || after.image.kind === "unknown")
    return { kind: "unknown", why: "not both were read" };
  const unread = before.image.value.unread + after.image.value.unread;
  const value = compare(before.image.value, after.image.value);
  return unread === 0
    ? { kind: "compared", value }
    : { kind: "compared", value, basis: `without ${unread} platforms beyond the first eight` };
}

function configsOf({ platforms }: ReadImageContent): Configs {
  return new Map(
    platforms.flatMap(({ platform, config }) => (config === undefined ? [] : [[platform, config]])),
  );
}

function platformNames({ platforms }: ReadImageContent): readonly string[] {
  return platforms.map(({ platform }) => platform);
}

/** From commit to commit, with the repository only where both say the same one. */
function sourceRange(before: ReadVersion, after: ReadVersion): SourceRange | undefined {
  const [was, is] = [before, after].map((each) => originOf(each));
  if (was === undefined || is === undefined) return undefined;
  return {
    repository: was.repositoryUrl === is.repositoryUrl ? is.repositoryUrl : undefined,
    before: was.commit,
    after: is.commit,
  };
}
