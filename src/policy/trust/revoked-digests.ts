import { isInRange, type DesiredState, type Digest, type Revocation } from "#model";
import { isLifted } from "./revoked.ts";

/** What is asked about everything that git lists; nothing is read for it. */
export interface RevokedQuestion {
  readonly desired: DesiredState;
  readonly revocations: readonly Revocation[];
  readonly now: Date;
}

/**
 * The listed digests that are revoked by themselves, or by a name that some line gives them, and why. A version range
 * covers every digest that it names, under any name (issue 5 §2); what contains something revoked is found out only where
 * manifests are read.
 */
export function revokedDigests({
  desired,
  revocations,
  now,
}: RevokedQuestion): ReadonlyMap<Digest, string> {
  const revoked = new Map<Digest, string>();
  for (const entry of revocations) {
    if (isLifted(entry, now)) continue;
    for (const digest of digestsOf(entry, desired))
      if (!revoked.has(digest)) revoked.set(digest, entry.reason);
  }
  return revoked;
}

function digestsOf({ target }: Revocation, { artifacts }: DesiredState): readonly Digest[] {
  switch (target.kind) {
    case "digest":
      return [target.digest];
    case "versions": {
      const named = artifacts
        .filter(({ project, name }) => project === target.project && name === target.name)
        .flatMap(({ lines }) => lines.filter(({ version }) => isInRange(version, target.range)));
      return [...target.digests, ...named.map(({ digest }) => digest)];
    }
    case "key":
    case "authority":
    case "identity":
    case "evidence":
      return [];
  }
}
