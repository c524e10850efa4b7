import {
  isIndexType,
  type Digest,
  type Fault,
  type ImageFacts,
  type Known,
  type Repository,
  type SubjectEvidence,
} from "#model";
import { StoreError, type ReadStores } from "#stores";
import type { OtherVerifier, VerifyingAuthority } from "#trust";
import { attempt } from "../attempt.ts";
import { IndexContents, type MaybeIndex } from "./contained-in.ts";
import { EvidenceTags } from "./evidence-tags.ts";
import type { Examination } from "./examine-piece.ts";
import type { Examiner } from "./examiner.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { hostScans } from "./host-scans.ts";
import { readInside } from "./inside-index.ts";
import { isImageConfig } from "./image-config.ts";
import { readImage, type ImageDetails, type ReadImage } from "./image-facts.ts";
import {
  ownPromotions,
  type OwnPromotion,
  type OwnQuestion,
  type StatementPlace,
} from "./own-statements.ts";

/** What is to be known of one digest. */
export interface FactsRequest {
  readonly digest: Digest;
  /** Where to look, best first: the first that holds the digest is read. */
  readonly repositories: readonly Repository[];
  /** Whose evidence is read: nobody's, the digest's own, or that of its platforms too. */
  readonly evidence: "none" | "digest" | "platforms";
  readonly details: ImageDetails;
  /** Revoked digests that may be indexes, and where those may lie. */
  readonly revoked: readonly MaybeIndex[];
  /** Where else the artifact lies: a host that is an authority by itself is asked about it there too. */
  readonly alsoAt?: readonly Repository[];
}

/** What was observed of one digest at one repository. */
export interface GatheredFacts {
  /** The repository that was read: the first that holds the digest, else the first of all. */
  readonly repository: Repository | undefined;
  readonly image: Known<ImageFacts>;
  /** Subject → its evidence; what was not asked for is not here. */
  readonly evidence: ReadonlyMap<Digest, SubjectEvidence>;
}

/** Under which policy evidence is examined. */
export interface ExaminedUnder {
  readonly examiner: Examiner;
  /** By their names in the policy. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  /** Where authorities keep signatures beside the artifact's own repository. */
  readonly signatureRepositories: readonly Repository[];
  readonly others: readonly OtherVerifier[];
  /** Authorities that are a host's own scanner, by name, and their hosts (001-29). */
  readonly scanners?: ReadonlyMap<string, string>;
  readonly now: Date;
}

/** The evidence room of one run: what it lists and reads of several digests it asks for once. */
export class TrustSurvey {
  readonly #stores: ReadStores;
  readonly #under: ExaminedUnder;
  readonly #tags: EvidenceTags;
  readonly #indexes: IndexContents;

  constructor(stores: ReadStores, under: ExaminedUnder) {
    this.#stores = stores;
    this.#under = under;
    this.#tags = new EvidenceTags(stores);
    this.#indexes = new IndexContents(stores);
  }

  /** Gathers and verifies what is known of one digest; what cannot be read is unknown, and only the signal ends it (promise 3). */
  async gather(request: FactsRequest, signal: AbortSignal): Promise<GatheredFacts> {
    const found = await this.#find(request, signal);
    signal.throwIfAborted();
    const { repository } = found;
    const image = await this.#known(request, found, signal);
    const evidence = new Map<Digest, SubjectEvidence>();
    if (repository !== undefined && request.evidence !== "none") {
      for (const subject of subjectsOf(request, found)) {
        const own = await this.evidence(repository, subject, signal, found.image);
        const scans = await this.#scans(request, subject, signal);
        evidence.set(subject, {
          facts: [...own.facts, ...scans.facts],
          faults: [...own.faults, ...scans.faults],
        });
      }
    }
    signal.throwIfAborted();
    return { repository, image, evidence };
  }

  #scans(
    { repositories, alsoAt = [] }: FactsRequest,
    subject: Digest,
    signal: AbortSignal,
  ): Promise<SubjectEvidence> {
    const { scanners = new Map() } = this.#under;
    return hostScans(
      { stores: this.#stores, subject, repositories: [...alsoAt, ...repositories], scanners },
      signal,
    );
  }

  /** The evidence of one manifest at one repository and wherever authorities keep theirs. */
  async evidence(
    repository: Repository,
    subject: Digest,
    signal: AbortSignal,
    image?: ReadImage,
  ): Promise<SubjectEvidence> {
    const { examiner, signatureRepositories, authorities, others, now } = this.#under;
    const artifact =
      image?.manifest.digest === subject
        ? examiner.artifactOfBytes(image.manifest.bytes)
        : examiner.artifactOfDigest(subject);
    return gatherEvidence(
      {
        stores: this.#stores,
        tags: this.#tags,
        repositories: [repository, ...signatureRepositories],
        manifest: holdsFiles(image, subject) ? image?.manifest : undefined,
        examination: { examiner, subject, artifact, authorities, others, now },
      },
      signal,
    );
  }

  /** What an index lists beside one of its platforms about it, in one manifest. */
  async inside(
    repository: Repository,
    { attestation, subject }: { readonly attestation: Digest; readonly subject: Digest },
    signal: AbortSignal,
  ): Promise<SubjectEvidence> {
    const { examiner, authorities, others, now } = this.#under;
    const artifact = examiner.artifactOfDigest(subject);
    const examination = { examiner, subject, artifact, authorities, others, now };
    return readInside(this.#stores.read(repository), attestation, examination, signal);
  }

  /** Our own verified statements about a digest at the places of some channels; `authority` is who signs them. */
  async promotions(
    digest: Digest,
    places: readonly StatementPlace[],
    authority: string,
    signal: AbortSignal,
  ): Promise<readonly OwnPromotion[]> {
    const ours = this.#under.authorities.get(authority);
    if (ours === undefined) return [];
    const authorities = new Map([[authority, ours]]);
    const found = await Promise.all(
      places.map((place) => this.#promotionsAt({ place, digest }, authorities, signal)),
    );
    signal.throwIfAborted();
    return found.flat();
  }

  async #promotionsAt(
    question: OwnQuestion,
    authorities: Examination["authorities"],
    signal: AbortSignal,
  ): Promise<readonly OwnPromotion[]> {
    const { examiner, others, now } = this.#under;
    const { place, digest } = question;
    const subject = place.onPlatforms
      ? await this.#platformOf(place.repository, digest, signal)
      : digest;
    const artifact = examiner.artifactOfDigest(subject);
    const examination = { examiner, subject, artifact, authorities, others, now };
    const found: OwnPromotion[] = [];
    for (const repository of place.homes) {
      const home = await attempt(async () => this.#stores.read(repository));
      if (home.kind === "value")
        found.push(...(await ownPromotions(home.value, question, examination, signal)));
    }
    return found;
  }

  /** One platform of an index, where its statements are; the digest itself where it is no index, or not known. */
  async #platformOf(repository: Repository, digest: Digest, signal: AbortSignal): Promise<Digest> {
    const read = await attempt(async () =>
      readImage(this.#stores.read(repository), digest, "none", signal),
    );
    const platforms = read.kind === "value" ? (read.value?.facts.platforms ?? []) : [];
    return platforms[0]?.digest ?? digest;
  }

  /** What a tag names at each of some repositories: a digest, undefined where it is absent; one that cannot be read is left out. */
  async tags(
    repositories: readonly Repository[],
    tag: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Repository, Digest | undefined>> {
    const named = new Map<Repository, Digest | undefined>();
    for (const repository of repositories) {
      const head = await attempt(async () => this.#stores.read(repository).head(tag, signal));
      if (head.kind === "value") named.set(repository, head.value?.digest);
    }
    return named;
  }

  /** The first repository that holds the digest; where none does, one that cannot be read may, and then nothing is known. */
  async #find(
    { digest, repositories, details }: FactsRequest,
    signal: AbortSignal,
  ): Promise<FoundImage> {
    let fault: Fault | undefined;
    for (const repository of repositories) {
      const read = await attempt(async () =>
        readImage(this.#stores.read(repository), digest, details, signal),
      );
      if (read.kind === "fault") fault ??= read.fault;
      else if (read.value !== undefined) return { repository, image: read.value, fault: undefined };
    }
    const [repository] = repositories;
    return { repository, image: undefined, fault: fault ?? absent(digest, repositories) };
  }

  async #known(
    { digest, revoked }: FactsRequest,
    { image, fault }: FoundImage,
    signal: AbortSignal,
  ): Promise<Known<ImageFacts>> {
    if (image === undefined) return { kind: "unknown", fault: fault ?? absent(digest, []) };
    const holders = await this.#indexes.holding(digest, revoked, signal);
    return holders.kind === "fault"
      ? { kind: "unknown", fault: holders.fault }
      : { kind: "known", value: { ...image.facts, containedIn: holders.value } };
  }
}

/** A manifest that is neither an index nor an image that runs may list files by their titles. */
function holdsFiles(image: ReadImage | undefined, subject: Digest): boolean {
  if (image?.manifest.digest !== subject || isIndexType(image.facts.mediaType)) return false;
  return !isImageConfig(image.facts.configMediaType);
}

interface FoundImage {
  readonly repository: Repository | undefined;
  readonly image: ReadImage | undefined;
  readonly fault: Fault | undefined;
}

function subjectsOf({ digest, evidence }: FactsRequest, { image }: FoundImage): readonly Digest[] {
  if (evidence !== "platforms" || image === undefined) return [digest];
  return [...new Set([digest, ...image.facts.platforms.map((platform) => platform.digest)])];
}

function absent(digest: Digest, repositories: readonly Repository[]): Fault {
  const { code, message, hint, retryable } = new StoreError({
    code: "not-found",
    message: `${digest} is not in ${repositories.join(" or ") || "any repository"}.`,
    hint: "push it again, or register another digest",
    digest,
  });
  return { code, message, hint, retryable };
}
