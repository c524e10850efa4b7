import type { AuthorityCheck, Digest, EvidenceContent, EvidenceFact, EvidenceForm } from "#model";
import type { Artifact } from "./artifact.ts";
import type { VerifyingAuthority } from "./authority.ts";
import { describeError } from "./describe-error.ts";
import { prove, type Prove } from "./prove.ts";
import { readEvidence, readEvidenceFile, type EvidenceBlob } from "./read-evidence.ts";
import type { ReadEvidence } from "./sealed.ts";
import { contentOf, claimOf } from "./statement.ts";
import { bestOf, verifyEvidence, type Verification, type VerifyRequest } from "./verify.ts";

/** What a piece of evidence is examined for. */
export interface ExamineRequest {
  /** Of the evidence, as `EvidenceFact` has it. */
  readonly digest: Digest;
  /** The manifest or file that it must be about. */
  readonly subject: Digest;
  readonly artifact: Artifact;
  /** By their names in the policy. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  readonly now: Date;
  readonly others: readonly OtherVerifier[];
}

/** A verifier of a format that is not Sigstore's, such as Notation's: the one place where another is put in (issue 5 §3). */
export interface OtherVerifier {
  readonly form: EvidenceForm;
  readonly mediaTypes: ReadonlySet<string>;
  readonly content: (blob: EvidenceBlob) => EvidenceContent;
  readonly verify: (blob: EvidenceBlob, request: VerifyRequest) => readonly Verification[];
}

/** Evidence as it was found: a blob of a store, or a file of which only its bytes say what it is. */
export type FoundEvidence =
  | EvidenceBlob
  | { readonly mediaType: undefined; readonly bytes: Buffer };

/** Reads evidence and verifies it under every authority; never throws, whatever the bytes or another verifier do. */
export function examine(found: FoundEvidence, request: ExamineRequest): EvidenceFact {
  const other = otherFor(found, request);
  if (other !== undefined) return byOther(other.verifier, other.blob, request);
  return examineRead(readFound(found), prove, request);
}

/** The verifier of another format that a piece of evidence is for, if there is one. */
export function otherFor(
  found: FoundEvidence,
  { others }: ExamineRequest,
): { readonly verifier: OtherVerifier; readonly blob: EvidenceBlob } | undefined {
  if (found.mediaType === undefined) return undefined;
  const { mediaType } = found;
  const verifier = others.find(({ mediaTypes }) => mediaTypes.has(mediaType));
  return verifier && { verifier, blob: found };
}

/** Reads evidence by what it is. */
export function readFound(found: FoundEvidence): ReadEvidence {
  return found.mediaType === undefined ? readEvidenceFile(found.bytes) : readEvidence(found);
}

/** Verifies evidence that was read, with proofs that may have been made elsewhere. */
export function examineRead(
  evidence: ReadEvidence,
  proving: Prove,
  request: ExamineRequest,
): EvidenceFact {
  const { digest, subject } = request;
  return {
    digest,
    subject,
    form: evidence.form,
    content: contentIn(evidence),
    checks: checksOf(request, (each) => verifyEvidence(evidence, each, proving)),
    unsigned: evidence.kind === "unsigned",
  };
}

function contentIn(evidence: ReadEvidence): EvidenceContent {
  switch (evidence.kind) {
    case "unsigned":
      return evidence.content;
    case "unreadable":
      return { kind: "unreadable", why: evidence.why };
    case "signed": {
      const [first] = evidence.sealed;
      return first === undefined
        ? { kind: "unreadable", why: "it has no signature" }
        : contentOf(claimOf(first));
    }
  }
}

function byOther(other: OtherVerifier, blob: EvidenceBlob, request: ExamineRequest): EvidenceFact {
  const { digest, subject } = request;
  const base = { digest, subject, form: other.form, unsigned: false };
  try {
    return {
      ...base,
      content: other.content(blob),
      checks: checksOf(request, (each) => other.verify(blob, each)),
    };
  } catch (error) {
    return { ...base, content: { kind: "unreadable", why: describeError(error) }, checks: [] };
  }
}

/** Under each authority the signatures that pass, by distinct signers, or else the one that came furthest. */
function checksOf(
  { authorities, artifact, now }: ExamineRequest,
  verify: (request: VerifyRequest) => readonly Verification[],
): readonly AuthorityCheck[] {
  return [...authorities].flatMap(([name, authority]) => {
    const all = verify({ artifact, authority, now, wanted: undefined });
    const passing = all.filter(({ outcome }) => outcome === "pass");
    const shown = passing.length > 0 ? passing : [bestOf(all)];
    return shown
      .map((verification) => checkOf(name, verification))
      .filter(
        (check, at, checks) =>
          checks.findIndex((one) => sameSigner(one.signer, check.signer)) === at,
      );
  });
}

function checkOf(authority: string, verification: Verification): AuthorityCheck {
  const { outcome, check, expected, found, signer, trustedTime } = verification;
  return {
    authority,
    outcome,
    check,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
    ...(signer && { signer }),
    ...(trustedTime !== undefined && { trustedTime }),
  };
}

/** A keyless signer is its identity: the key of a certificate lives for minutes. */
function sameSigner(a: AuthorityCheck["signer"], b: AuthorityCheck["signer"]): boolean {
  if (a?.kind === "key" && b?.kind === "key") return a.key === b.key;
  if (a?.kind === "keyless" && b?.kind === "keyless")
    return a.issuer === b.issuer && a.subject === b.subject;
  return a === b;
}
