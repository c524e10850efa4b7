import {
  OWN_ANNOTATIONS,
  PROMOTION,
  VSA,
  type AuthorityCheck,
  type Descriptor,
  type Digest,
  type EvidenceFact,
  type Fault,
  type ManifestContents,
  type Repository,
} from "#model";
import { parseManifest, type ReadRepository, type ReadStores } from "#stores";
import type { OwnStatement, VerifyingAuthority } from "#trust";
import { attempt } from "../attempt.ts";
import type { Examiner } from "./examiner.ts";
import { listedAndGone, readBytes } from "./read-bytes.ts";

/** Which pair of our statements is looked for, and whose word makes it one (issue 5 §5). */
export interface PairQuestion {
  /** Where the digest is, or will be. */
  readonly placed: Repository;
  readonly digest: Digest;
  readonly channel: string;
  /** Manifests that a pair must be attached to: the digest, its platforms, or both. */
  readonly subjects: readonly Digest[];
  /** Where statements may lie. */
  readonly repositories: readonly Repository[];
  /** The signing authority, by its name. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  readonly examiner: Pick<Examiner, "artifactOfDigest" | "examine" | "readOwnStatement">;
  /** Whether a signature that verifies counts no more: its signer was revoked. */
  readonly isFallen: (fact: EvidenceFact, check: AuthorityCheck) => boolean;
  readonly now: Date;
}

/** A statement of a pair. */
export type OwnType = OwnStatement["type"];

/** What was found of a pair. */
export type PairAnswer =
  | {
      readonly kind: "known";
      /** Subject → what it lacks; empty: the pair is there. */
      readonly missing: ReadonlyMap<Digest, readonly OwnType[]>;
      /** Statements of ours that no signer of the policy stands behind any more. */
      readonly superseded: readonly Digest[];
      /** Everything that refers to the digest where it is placed. */
      readonly referrers: readonly Descriptor[];
    }
  | { readonly kind: "unknown"; readonly fault: Fault };

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle/;
const OURS: ReadonlySet<string> = new Set([PROMOTION, VSA]);
const BOTH: readonly OwnType[] = ["vsa", "promotion"];
/** Ours have a few kilobytes. */
const MAX_BUNDLE = 1024 * 1024;
/** More bundles about one digest nobody reads, and no more are looked at here. */
const MAX_BUNDLES = 200;

/**
 * Looks for our two statements about a digest in a channel, at the digest and beside it. Any pair that verifies under the
 * signing authority of the policy in force is one, however old, so that nothing is ever signed twice.
 */
export async function findOwnPair(
  question: PairQuestion,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const answer = await attempt(() => look(question, stores, signal));
  signal.throwIfAborted();
  return answer.kind === "value" ? answer.value : { kind: "unknown", fault: answer.fault };
}

async function look(
  question: PairQuestion,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const missing = new Map<Digest, readonly OwnType[]>();
  const superseded: Digest[] = [];
  const placed = await stores.read(question.placed).referrers(question.digest, signal);
  for (const subject of question.subjects) {
    const found = new Set<OwnType>();
    for (const at of question.repositories) {
      const repository = stores.read(at);
      const isKnown = at === question.placed && subject === question.digest;
      const listed = isKnown ? placed : await repository.referrers(subject, signal);
      for (const descriptor of listed
        .filter((one) => mayBeOurs(one, question))
        .slice(0, MAX_BUNDLES)) {
        const own = await readOwn(repository, { descriptor, subject, question }, signal);
        if (own?.isGood === true) found.add(own.type);
        else if (own !== undefined) superseded.push(descriptor.digest);
      }
    }
    const lacks = BOTH.filter((type) => !found.has(type));
    if (lacks.length > 0) missing.set(subject, lacks);
  }
  return { kind: "known", missing, superseded, referrers: placed };
}

/** By what a listing says; some leave annotations out, and then the bundle itself tells. */
function mayBeOurs(
  { artifactType, annotations = {} }: Descriptor,
  { channel }: PairQuestion,
): boolean {
  const type = annotations[OWN_ANNOTATIONS.predicateType];
  return (
    (artifactType === undefined || BUNDLE.test(artifactType) || SAYS_NOTHING.has(artifactType)) &&
    (type === undefined || OURS.has(type)) &&
    (annotations[OWN_ANNOTATIONS.channel] ?? channel) === channel
  );
}

/** What a fallback index of some hosts has in place of the artifact type. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["application/vnd.oci.empty.v1+json"]);

interface Piece {
  readonly descriptor: Descriptor;
  readonly subject: Digest;
  readonly question: PairQuestion;
}

async function readOwn(
  repository: ReadRepository,
  { descriptor, subject, question }: Piece,
  signal: AbortSignal,
): Promise<{ readonly type: OwnType; readonly isGood: boolean } | undefined> {
  const { authorities, examiner } = question;
  const manifest = await repository.manifest(descriptor.digest, signal);
  if (manifest === undefined) throw listedAndGone(repository.repository, descriptor.digest);
  const contents = parseManifest(manifest, repository.repository);
  const layer = bundleIn(contents);
  if (contents.subject?.digest !== subject || layer === undefined) return undefined;
  const bytes = await readBytes(repository, layer, signal);
  const fact = examiner.examine(
    { mediaType: layer.mediaType, bytes, annotations: {} },
    {
      digest: descriptor.digest,
      subject,
      artifact: examiner.artifactOfDigest(subject),
      authorities,
      now: question.now,
      others: [],
    },
  );
  const own = examiner.readOwnStatement(fact.content);
  if (own === undefined || !isAbout(own, question)) return undefined;
  return { type: own.type, isGood: isGood(fact, question) };
}

function bundleIn({ blobs, config }: ManifestContents): Descriptor | undefined {
  const [layer, more] = blobs.filter(({ digest }) => digest !== config?.digest);
  if (layer === undefined || more !== undefined || layer.size > MAX_BUNDLE) return undefined;
  return BUNDLE.test(layer.mediaType) ? layer : undefined;
}

function isAbout(own: OwnStatement, { placed, digest, channel }: PairQuestion): boolean {
  return own.repository === placed && own.digest === digest && own.channel === channel;
}

function isGood(fact: EvidenceFact, { isFallen }: PairQuestion): boolean {
  return fact.checks.some((check) => check.outcome === "pass" && !isFallen(fact, check));
}
