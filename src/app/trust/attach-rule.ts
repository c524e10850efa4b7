import {
  OWN_ANNOTATIONS,
  parseAddress,
  repositoryAt,
  type AttestationPlacement,
  type Descriptor,
  type Evidence,
  type Repository,
} from "#model";

/** What decides where our statements about a digest go. */
export interface AttachQuestion {
  readonly placement: AttestationPlacement;
  readonly placed: Repository;
  /** `product: harbor` in registries.yaml. */
  readonly isHarbor: boolean;
  /** What refers to the digest at the place already. */
  readonly referrers: readonly Descriptor[];
  /** Evidence about the digest that travels with it, in all forms. */
  readonly carried: readonly Evidence[];
  /** The place itself has cosign's `.sig` tag for it. */
  readonly hasLegacyTag: boolean;
}

/** Where they go and why, or that too much refers to the digest. */
export type Home =
  | { readonly kind: "home"; readonly repository: Repository; readonly reason: string }
  | { readonly kind: "full"; readonly referrers: number };

/** Kyverno refuses an image with more referrers, whatever they are (research §4.3, R4). */
const MOST_REFERRERS = 50;
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle/;
const LEGACY_REFERRER = "application/vnd.dev.cosign.artifact.sig.v1+json";

/** Chooses by the channel's `attach`; `auto` attaches unless that harms what others see (research §4.3, R1, R3, R4). */
export function chooseHome(question: AttachQuestion): Home {
  const { placement, placed, isHarbor } = question;
  const beside = evidenceRepository(placement, placed);
  const count = referrersAfter(question);
  switch (placement.attach) {
    case "none":
    case "separate":
      return home(beside, "beside it, as the channel says");
    case "subject":
      if (count > MOST_REFERRERS) return { kind: "full", referrers: count };
      return home(placed, `attached to it${seenBy(question)}`);
    case "auto":
      if (isHarbor)
        return home(beside, "beside it: Harbor would take any bundle for a signature by cosign");
      if (isOnlyLegacy(question))
        return home(
          beside,
          "beside it: once it has a bundle, cosign 3 looks no more at its older signature",
        );
      if (count > MOST_REFERRERS)
        return home(beside, `beside it: ${count} referrers are more than some verifiers read`);
      return home(placed, "attached to it");
  }
}

/** Where statements go that are not attached. */
export function evidenceRepository(
  { repository }: AttestationPlacement,
  placed: Repository,
): Repository {
  const address = parseAddress(repository.replaceAll("{repository}", placed));
  return typeof address === "string" ? placed : repositoryAt(address);
}

function home(repository: Repository, reason: string): Home {
  return { kind: "home", repository, reason };
}

/** What gates at the destination will make of it where the channel wants it attached all the same. */
function seenBy(question: AttachQuestion): string {
  const words = [
    question.isHarbor ? "Harbor's gate will count it as a signature" : "",
    isOnlyLegacy(question) ? "cosign 3 verify will look no more at its older signature" : "",
  ].filter((word) => word !== "");
  return words.length === 0 ? "" : `; ${words.join(", and ")}`;
}

function isOnlyLegacy({ referrers, carried, hasLegacyTag }: AttachQuestion): boolean {
  const about = [
    ...referrers,
    ...carried.flatMap((piece) => (piece.form === "referrer" ? [piece.descriptor] : [])),
  ];
  const isLegacy =
    hasLegacyTag ||
    carried.some((piece) => piece.form === "tag" && piece.tag.endsWith(".sig")) ||
    about.some(({ artifactType }) => artifactType === LEGACY_REFERRER);
  return isLegacy && !about.some(isForeignBundle);
}

function isForeignBundle({ artifactType, annotations }: Descriptor): boolean {
  return BUNDLE.test(artifactType ?? "") && annotations?.[OWN_ANNOTATIONS.channel] === undefined;
}

function referrersAfter({ referrers, carried }: AttachQuestion): number {
  const digests = new Set([
    ...referrers.map(({ digest }) => digest),
    ...carried.flatMap(({ form, descriptor }) => (form === "referrer" ? [descriptor.digest] : [])),
  ]);
  return digests.size + 2;
}
