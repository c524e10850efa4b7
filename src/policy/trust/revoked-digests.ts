import { isInRange, type Digest, type Revocation } from "#model";
import type { DigestName } from "./question.ts";
import { isLifted } from "./revoked.ts";

/** What is asked about digests by their names alone; no manifest is read for it. */
export interface RevokedQuestion {
  readonly revocations: readonly Revocation[];
  /** Every name that a digest has or once had, of the artifacts of which versions are revoked. */
  readonly names: ReadonlyMap<Digest, readonly DigestName[]>;
  readonly now: Date;
}

/**
 * The digests that are revoked by themselves, or by a name that they ever held, and why: a version range covers every
 * digest that it names, under any name (issue 5 §2). What contains something revoked is found out only where manifests are
 * read.
 */
export function revokedDigests({
  revocations,
  names,
  now,
}: RevokedQuestion): ReadonlyMap<Digest, string> {
  const revoked = new Map<Digest, string>();
  for (const entry of revocations) {
    if (isLifted(entry, now)) continue;
    for (const digest of digestsOf(entry, names))
      if (!revoked.has(digest)) revoked.set(digest, entry.reason);
  }
  return revoked;
}

function digestsOf({ target }: Revocation, names: RevokedQuestion["names"]): readonly Digest[] {
  switch (target.kind) {
    case "digest":
      return [target.digest];
    case "versions": {
      const { project, name: artifact, range } = target;
      const named = [...names].filter(([, held]) =>
        held.some(
          (one) =>
            one.project === project && one.name === artifact && isInRange(one.version, range),
        ),
      );
      return [...target.digests, ...named.map(([digest]) => digest)];
    }
    case "key":
    case "authority":
    case "identity":
    case "evidence":
      return [];
  }
}
