import {
  OWN_ANNOTATIONS,
  PROMOTION,
  RELEASE_NOTES,
  VSA,
  type AuthorityCheck,
  type Descriptor,
  type Digest,
  type EvidenceFact,
  type ManifestContents,
  type Repository,
} from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import type { OwnStatement, VerifyingAuthority } from "#trust";
import type { Examiner } from "./examiner.ts";
import { listedAndGone, readBytes } from "./read-bytes.ts";

/** Which of our statements are looked for, and whose word makes them ours (issue 5 §5). */
export interface OwnQuestion {
  /** Where the digest is, or will be. */
  readonly placed: Repository;
  readonly digest: Digest;
  /** Undefined: of any channel. */
  readonly channel: string | undefined;
  /** The signing authority, by its name. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  readonly examiner: Pick<Examiner, "artifactOfDigest" | "examine" | "readOwnStatement">;
  /** Whether a signature that verifies counts no more: its signer was revoked. */
  readonly isFallen: (fact: EvidenceFact, check: AuthorityCheck) => boolean;
  readonly now: Date;
}

/** One statement that says to be ours. */
export interface OwnBundle {
  /** Of the manifest that carries it. */
  readonly digest: Digest;
  readonly statement: OwnStatement;
  /** The signing authority stands behind it. */
  readonly isGood: boolean;
  /** The Sigstore bundle, as it lies there. */
  readonly bytes: Buffer;
}

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle/;
const OURS: ReadonlySet<string> = new Set([PROMOTION, RELEASE_NOTES, VSA]);
/** What a fallback index of some hosts has in place of the artifact type. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["application/vnd.oci.empty.v1+json"]);
/** Ours have a few kilobytes. */
const MAX_BUNDLE = 1024 * 1024;
/** More bundles about one digest nobody reads, and no more are looked at here. */
const MAX_BUNDLES = 200;

/** Reads our statements among what a repository lists about a subject. Throws a StoreError where one cannot be had. */
export async function ownBundles(
  repository: ReadRepository,
  { listed, subject }: { readonly listed: readonly Descriptor[]; readonly subject: Digest },
  question: OwnQuestion,
  signal: AbortSignal,
): Promise<readonly OwnBundle[]> {
  const bundles: OwnBundle[] = [];
  for (const descriptor of listed.filter((one) => mayBeOurs(one, question)).slice(0, MAX_BUNDLES)) {
    const own = await readOwn(repository, { descriptor, subject, question }, signal);
    if (own !== undefined) bundles.push(own);
  }
  return bundles;
}

/** By what a listing says; some leave annotations out, and then the bundle itself tells. */
function mayBeOurs(
  { artifactType, annotations = {} }: Descriptor,
  { channel }: OwnQuestion,
): boolean {
  const type = annotations[OWN_ANNOTATIONS.predicateType];
  const named = annotations[OWN_ANNOTATIONS.channel];
  return (
    (artifactType === undefined || BUNDLE.test(artifactType) || SAYS_NOTHING.has(artifactType)) &&
    (type === undefined || OURS.has(type)) &&
    (channel === undefined || named === undefined || named === channel)
  );
}

interface Piece {
  readonly descriptor: Descriptor;
  readonly subject: Digest;
  readonly question: OwnQuestion;
}

async function readOwn(
  repository: ReadRepository,
  { descriptor: { digest }, subject, question }: Piece,
  signal: AbortSignal,
): Promise<OwnBundle | undefined> {
  const { authorities, examiner, now } = question;
  const manifest = await repository.manifest(digest, signal);
  if (manifest === undefined) throw listedAndGone(repository.repository, digest);
  const contents = parseManifest(manifest, repository.repository);
  const layer = bundleIn(contents);
  if (contents.subject?.digest !== subject || layer === undefined) return undefined;
  const bytes = await readBytes(repository, layer, signal);
  const artifact = examiner.artifactOfDigest(subject);
  const fact = await examiner.examine(
    { mediaType: layer.mediaType, bytes, annotations: {} },
    { digest, subject, artifact, authorities, now, others: [] },
  );
  const statement = examiner.readOwnStatement(fact.content);
  if (statement === undefined || !isAbout(statement, question)) return undefined;
  return { digest, statement, isGood: isGood(fact, question), bytes };
}

function bundleIn({ blobs, config }: ManifestContents): Descriptor | undefined {
  const [layer, more] = blobs.filter(({ digest }) => digest !== config?.digest);
  if (layer === undefined || more !== undefined || layer.size > MAX_BUNDLE) return undefined;
  return BUNDLE.test(layer.mediaType) ? layer : undefined;
}

function isAbout(own: OwnStatement, { placed, digest, channel }: OwnQuestion): boolean {
  const isOfChannel = channel === undefined || own.channel === channel;
  return own.repository === placed && own.digest === digest && isOfChannel;
}

function isGood(fact: EvidenceFact, { isFallen }: OwnQuestion): boolean {
  return fact.checks.some((check) => check.outcome === "pass" && !isFallen(fact, check));
}
