import {
  parseDigest,
  PROMOTION,
  type AuthorityCheck,
  type Descriptor,
  type Digest,
  type EvidenceFact,
  type OnceBad,
  type Repository,
} from "#model";
import type { ReadRepository } from "#stores";
import { attempt } from "../attempt.ts";
import { piecesOf } from "./evidence-pieces.ts";
import { examinePiece, type Examination } from "./examine-piece.ts";

/** One place of a channel, and where our own statements about what it holds may lie. */
export interface StatementPlace {
  readonly channel: string;
  readonly site: string;
  readonly repository: Repository;
  /** The place itself, and its evidence repository. */
  readonly homes: readonly Repository[];
  /** They are attached to each platform of an index only, and not to the index (`attestation.coverage: platforms`). */
  readonly onPlatforms: boolean;
}

/** A statement of ours that its authority's key proves, with what proves it: a revocation may still strike that. */
export interface OwnPromotion {
  readonly channel: string;
  readonly site: string;
  /** RFC 3339. */
  readonly time: string;
  /** Evidence that was read then and refused. */
  readonly refuting: readonly OnceBad[];
  readonly fact: EvidenceFact;
  readonly check: AuthorityCheck;
}

/** Which digest at which place; the examination's subject is what the statements are attached to. */
export interface OwnQuestion {
  readonly place: StatementPlace;
  readonly digest: Digest;
}

/** Most statements that are read at one home; there is one live pair a channel. */
const MAX_STATEMENTS = 50;
const MAX_REFUTING = 1_000;
const PREDICATE = "dev.sigstore.bundle.predicateType";

/**
 * Our own promotion statements about one digest at one home of a place. One that names another repository, digest, channel
 * or site was moved there and says nothing here (issue 5 §5). What cannot be read is left out: without it nothing is proved.
 */
export async function ownPromotions(
  home: ReadRepository,
  { place, digest: about }: OwnQuestion,
  examination: Examination,
  signal: AbortSignal,
): Promise<readonly OwnPromotion[]> {
  const { subject } = examination;
  const listed = await attempt(() => home.referrers(subject, signal));
  if (listed.kind === "fault") return [];
  const promotions: OwnPromotion[] = [];
  for (const { digest } of listed.value.filter(mayBeOurs).slice(0, MAX_STATEMENTS)) {
    const facts = await attempt(() => factsIn(home, digest, examination, signal));
    if (facts.kind === "value")
      promotions.push(
        ...facts.value.flatMap((fact) => promotionIn(fact, { place, digest: about }, examination)),
      );
  }
  return promotions;
}

/** The listing's own annotations spare reading other evidence; a listing without them is read. */
function mayBeOurs({ annotations, artifactType }: Descriptor): boolean {
  const said = annotations?.[PREDICATE];
  if (said !== undefined) return said === PROMOTION;
  return artifactType === undefined || /sigstore\.bundle|oci\.empty/.test(artifactType);
}

async function factsIn(
  home: ReadRepository,
  digest: Digest,
  examination: Examination,
  signal: AbortSignal,
): Promise<readonly EvidenceFact[]> {
  const found = { digest, by: "referrer", hint: undefined } as const;
  const facts: EvidenceFact[] = [];
  for (const part of await piecesOf(home, found, examination.subject, signal)) {
    if (part.kind === "nothing") continue;
    for (const piece of part.pieces)
      facts.push(await examinePiece(home, piece, examination, signal));
  }
  return facts;
}

function promotionIn(
  fact: EvidenceFact,
  { place: { channel, site, repository }, digest }: OwnQuestion,
  { examiner }: Examination,
): readonly OwnPromotion[] {
  const check = fact.checks.find(({ outcome }) => outcome === "pass");
  const said = examiner.readOwnStatement(fact.content);
  if (check === undefined || said?.type !== "promotion") return [];
  const isHere =
    said.repository === repository &&
    said.digest === digest &&
    said.channel === channel &&
    said.site === site;
  if (!isHere) return [];
  return [{ channel, site, time: said.time, refuting: refutingIn(fact.content), fact, check }];
}

/** What the statement remembers of evidence that refused; what is broken in it is left out. */
function refutingIn(content: EvidenceFact["content"]): readonly OnceBad[] {
  const predicate = content.kind === "attestation" ? content.predicate : null;
  const items = member(member(predicate, "admitted"), "refuting");
  if (!Array.isArray(items)) return [];
  return items.slice(0, MAX_REFUTING).flatMap((item: unknown) => {
    const [digest, authority, predicateType] = ["evidence", "authority", "predicateType"].map(
      (key) => member(item, key),
    );
    const evidence = typeof digest === "string" ? parseDigest(digest) : undefined;
    if (evidence === undefined || typeof authority !== "string") return [];
    return typeof predicateType === "string" ? [{ evidence, authority, predicateType }] : [];
  });
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
