import type { KeyAuthority, VerifyingAuthority } from "./authority.ts";
import { readCertificate, type CertificateFacts } from "./certificate.ts";
import type { PublicKey } from "./crypto/public-key.ts";
import { checkSignature, type SignedData } from "./crypto/signature.ts";
import { failed, unknown, type CheckFact } from "./facts.ts";
import type { Artifact } from "./artifact.ts";
import { preAuthEncoding } from "./formats/dsse.ts";
import type { Sealed, SealedSigner } from "./sealed.ts";

/** Whose key made the signature. */
export interface Found {
  readonly key: PublicKey;
  readonly certificate: CertificateFacts | undefined;
}

/** What the signature of a piece of evidence is made over. */
export function signedData({ content }: Sealed, artifact: Artifact): SignedData {
  switch (content.kind) {
    case "dsse":
      return { bytes: preAuthEncoding(content), digests: new Map() };
    case "simple-signing":
      return { bytes: content.payload, digests: new Map() };
    case "message":
      return artifact;
  }
}

/** Finds the key of an authority that made a signature, or the check that this fails at. */
export function findSigner(
  sealed: Sealed,
  artifact: Artifact,
  authority: VerifyingAuthority,
): Found | CheckFact {
  const other = otherMessage(sealed, artifact);
  if (other !== undefined) return other;
  const data = signedData(sealed, artifact);
  return authority.kind === "keyless"
    ? byCertificate(sealed, data)
    : byKey(sealed, data, authority);
}

/** A bundle names the digest of the file it is about: unauthenticated, but a mismatch says best what is wrong. */
function otherMessage({ content }: Sealed, { digests }: Artifact): CheckFact | undefined {
  if (content.kind !== "message" || content.digest === undefined) return undefined;
  const { hash, hex } = content.digest;
  const ours = digests.get(hash);
  return ours === undefined || ours === hex
    ? undefined
    : failed("subject", `${hash}:${ours}`, `${hash}:${hex}`);
}

function byCertificate(sealed: Sealed, data: SignedData): Found | CheckFact {
  if (sealed.signer.kind !== "certificate")
    return failed(
      "identity",
      "a certificate with an identity",
      `a signature by ${named(sealed.signer)}`,
    );
  const certificate = readCertificate(sealed.signer.der);
  if (typeof certificate === "string")
    return failed("parse", "a certificate of Fulcio's kind", certificate);
  const expected = "a signature by the certificate's key";
  const isMade = checkSignature(certificate.key, sealed.signature, data);
  if (isMade === undefined) return unknown("crypto", expected, needsBytes(certificate.key));
  if (!isMade) return failed("crypto", expected, "a signature that it did not make over this");
  return { key: certificate.key, certificate };
}

function byKey(sealed: Sealed, data: SignedData, authority: KeyAuthority): Found | CheckFact {
  let open: PublicKey | undefined;
  for (const { key } of authority.keys) {
    const isMade = checkSignature(key, sealed.signature, data);
    if (isMade === true) return { key, certificate: undefined };
    if (isMade === undefined) open = key;
  }
  const expected = `a signature by ${authority.keys.map(({ key }) => key.id).join(" or ") || "a key"}`;
  if (open !== undefined) return unknown("crypto", expected, needsBytes(open));
  return isOthers(sealed.signer, authority)
    ? failed("identity", expected, `a signature by ${named(sealed.signer)}`)
    : failed("crypto", expected, "a signature that none of them made over this");
}

function needsBytes(key: PublicKey): string {
  return `with ${key.type} it cannot be told from a digest: the artifact itself is needed`;
}

/** Whether the evidence itself says that somebody else signed: then it is foreign, and not broken. */
function isOthers(signer: SealedSigner, authority: KeyAuthority): boolean {
  if (signer.kind === "certificate") return true;
  const id = idInHint(signer.hint);
  return id !== undefined && !authority.keys.some(({ key }) => key.id === id);
}

/** The key that a hint names, where it is a SHA-256 in one of the ways that are in use; all others name nothing. */
function idInHint(hint: string | undefined): string | undefined {
  const text = hint?.replace(/^SHA256:/i, "") ?? "";
  if (/^[0-9a-f]{64}$/.test(text)) return `sha256:${text}`;
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return `sha256:${Buffer.from(text, "base64").toString("hex")}`;
}

function named(signer: SealedSigner): string {
  if (signer.kind === "key")
    return signer.hint === undefined
      ? "an unnamed key"
      : `the key ${idInHint(signer.hint) ?? signer.hint.slice(0, 200)}`;
  const certificate = readCertificate(signer.der);
  return typeof certificate === "string"
    ? "a certificate that cannot be read"
    : `the certificate of ${certificate.subject}`;
}
