import {
  isInRange,
  parseTime,
  type AuthorityCheck,
  type Digest,
  type EvidenceFact,
  type Revocation,
  type RevocationTarget,
  type Signer,
} from "#model";
import type { TrustQuestion } from "./question.ts";

/** Whether a digest is eligible for new use (003-13). */
export type Revokedness =
  | { readonly kind: "clear" }
  | { readonly kind: "revoked"; readonly by: Revocation; readonly why: string }
  /** What the digest contains is not known, and something that it may contain is revoked. */
  | { readonly kind: "unknown" };

/** Tells whether a digest is revoked: by itself, by what it contains, by what contains it, or by a name it held. */
export function judgeRevocation(question: TrustQuestion): Revokedness {
  const { facts, now } = question;
  const inForce = question.revocations.filter((entry) => !isLifted(entry, now));
  for (const by of inForce) {
    const why = whyRevoked(question, by);
    if (why !== undefined) return { kind: "revoked", by, why };
  }
  const reaches = inForce.some(
    ({ target }) => target.kind === "versions" || (target.kind === "digest" && !target.only),
  );
  return facts.image.kind === "unknown" && reaches ? { kind: "unknown" } : { kind: "clear" };
}

/** Tells whether an entry has been lifted by now. */
export function isLifted({ rescinded }: Revocation, now: Date): boolean {
  const at = parseTime(rescinded?.at ?? "");
  return at !== undefined && at <= now.getTime();
}

function whyRevoked(question: TrustQuestion, { target }: Revocation): string | undefined {
  switch (target.kind) {
    case "digest":
      return whyDigest(question, [target.digest], target.only);
    case "versions": {
      const named = namesOf(question).find(
        ({ project, name, version }) =>
          project === target.project && name === target.name && isInRange(version, target.range),
      );
      if (named !== undefined) return `${named.project}/${named.name}@${named.version} is revoked`;
      return whyDigest(question, target.digests, false);
    }
    case "key":
    case "authority":
    case "identity":
    case "evidence":
      return undefined;
  }
}

function namesOf({ artifact, version, names }: TrustQuestion): TrustQuestion["names"] {
  return [{ project: artifact.project, name: artifact.name, version }, ...names];
}

function whyDigest(
  { digest, facts }: TrustQuestion,
  revoked: readonly Digest[],
  only: boolean,
): string | undefined {
  if (revoked.includes(digest)) return "the digest is revoked";
  if (only || facts.image.kind === "unknown") return undefined;
  const { descendants, containedIn } = facts.image.value;
  const child = descendants.find((inner) => revoked.includes(inner));
  if (child !== undefined) return `it contains ${child}, which is revoked`;
  const parent = containedIn.find((outer) => revoked.includes(outer));
  return parent === undefined ? undefined : `it is part of ${parent}, which is revoked`;
}

/**
 * Why a signature no longer counts, although it verifies: its key, authority, identity or itself is revoked, and no
 * trusted time proves that it was made before (issue 5 §2). Undefined where it stands.
 */
export function whyFallen(
  { revocations, now }: Pick<TrustQuestion, "revocations" | "now">,
  fact: EvidenceFact,
  check: AuthorityCheck | undefined,
): string | undefined {
  const hit = revocations.find(
    (entry) =>
      !isLifted(entry, now) &&
      strikes(entry, fact, check) &&
      (entry.target.kind === "evidence" || !wasBefore(check?.trustedTime, entry.revokedAt)),
  );
  if (hit === undefined) return undefined;
  const since = hit.revokedAt === undefined ? "" : ` since ${hit.revokedAt}`;
  const time = check?.trustedTime ?? "no trusted time";
  return `its ${hit.target.kind} is revoked${since} (${hit.reason}), and it has ${time}`;
}

function strikes(
  { target }: Revocation,
  fact: EvidenceFact,
  check: AuthorityCheck | undefined,
): boolean {
  switch (target.kind) {
    case "evidence":
      return target.evidence === fact.digest;
    case "authority":
      return target.authority === check?.authority;
    case "key":
    case "identity":
      return check?.signer !== undefined && isSigner(target, check.signer);
    case "digest":
    case "versions":
      return false;
  }
}

function isSigner(
  target: RevocationTarget & { kind: "key" | "identity" },
  signer: Signer,
): boolean {
  if (target.kind === "key") return signer.kind !== "host" && signer.key === target.key;
  if (signer.kind !== "keyless" || signer.subject !== target.subject) return false;
  return target.issuer === undefined || signer.issuer === target.issuer;
}

function wasBefore(trustedTime: string | undefined, revokedAt: string | undefined): boolean {
  const [signed, since] = [parseTime(trustedTime ?? ""), parseTime(revokedAt ?? "")];
  return signed !== undefined && since !== undefined && signed < since;
}
