import {
  parseTime,
  type DesiredState,
  type Digest,
  type Repository,
  type Revocation,
} from "#model";
import type { MaybeIndex } from "#inventory";

/** What is revoked, and where it may lie. */
export interface RevokedQuestion {
  readonly revocations: readonly Revocation[];
  readonly desired: DesiredState;
  readonly now: Date;
}

/**
 * Revoked digests that may be indexes around another digest: each is looked for beside that digest, and at the source of
 * every artifact that lists it (issue 5 §2: a revocation covers the children of a revoked index).
 */
export function revokedIndexes(
  { revocations, desired, now }: RevokedQuestion,
  [beside]: readonly Repository[],
): readonly MaybeIndex[] {
  const digests = new Set(
    revocations.filter((entry) => isInForce(entry, now)).flatMap(({ target }) => reachOf(target)),
  );
  if (digests.size === 0) return [];
  const listed = desired.artifacts.flatMap(({ source, lines }) =>
    lines
      .filter(({ digest }) => digests.has(digest) && source !== beside)
      .map(({ digest }) => ({ repository: source, digest, required: false })),
  );
  const here =
    beside === undefined
      ? []
      : [...digests].map((digest) => ({ repository: beside, digest, required: true }));
  return [...here, ...listed];
}

function isInForce({ rescinded }: Revocation, now: Date): boolean {
  const lifted = parseTime(rescinded?.at ?? "");
  return lifted === undefined || lifted > now.getTime();
}

function reachOf(target: Revocation["target"]): readonly Digest[] {
  if (target.kind === "versions") return target.digests;
  return target.kind === "digest" && !target.only ? [target.digest] : [];
}
