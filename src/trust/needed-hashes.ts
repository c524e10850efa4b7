import type { VerifyingAuthority } from "./authority.ts";
import { readCertificate } from "./certificate.ts";
import { HASHES, hashesOf, type HashName } from "./crypto/public-key.ts";
import type { ReadEvidence, Sealed } from "./sealed.ts";
import { claimOf } from "./statement.ts";

/** The digests of a file that its evidence can be about, so that a large file is hashed no oftener than need be. */
export function neededHashes(
  evidence: ReadEvidence,
  authority: VerifyingAuthority,
): readonly HashName[] {
  const needed = new Set<HashName>(["sha256"]);
  if (evidence.kind === "signed")
    for (const sealed of evidence.sealed)
      for (const hash of hashesIn(sealed, authority)) needed.add(hash);
  return HASHES.filter((hash) => needed.has(hash));
}

function hashesIn(sealed: Sealed, authority: VerifyingAuthority): readonly HashName[] {
  const claim = claimOf(sealed);
  if (claim.kind === "statement")
    return claim.statement.subjects.flatMap(({ digests }) => [...digests.keys()]);
  if (sealed.content.kind !== "message") return [];
  const named = sealed.content.digest === undefined ? [] : [sealed.content.digest.hash];
  return [...named, ...keyTypesOf(sealed, authority).flatMap(hashesOf)];
}

function keyTypesOf(
  { signer }: Sealed,
  authority: VerifyingAuthority,
): Parameters<typeof hashesOf>[0][] {
  if (authority.kind === "keys") return authority.keys.map(({ key }) => key.type);
  const certificate = signer.kind === "certificate" ? readCertificate(signer.der) : "none";
  return typeof certificate === "string" ? [] : [certificate.key.type];
}
