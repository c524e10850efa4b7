export { artifactOfBytes, artifactOfDigest, hashFile, type Artifact } from "./artifact.ts";
export { usualDemand, type VerifyingAuthority } from "./authority.ts";
export { parsePublicKey } from "./crypto/public-key.ts";
export { defaultRoot } from "./default-root.ts";
export { examine, type ExamineRequest, type FoundEvidence, type OtherVerifier } from "./examine.ts";
export { neededHashes } from "./needed-hashes.ts";
export { prepareAuthority } from "./prepare-authority.ts";
export { openExaminer, type KeptProofs, type OpenExaminer } from "./proofs/open-examiner.ts";
export {
  MAX_EVIDENCE,
  readEvidence,
  readEvidenceFile,
  type EvidenceBlob,
} from "./read-evidence.ts";
export { readJson, type ReadJson } from "./read-json.ts";
export type { ReadEvidence } from "./sealed.ts";
export { parseTrustedRoot, type TrustedRoot } from "./trusted-root.ts";
export { bestOf, verifyEvidence, type Verification } from "./verify.ts";
export { bareEnvelope } from "./sign/bare-envelope.ts";
export type { EvidenceArtifact } from "./sign/evidence-artifact.ts";
export { makeEvidence, type EvidenceRequest } from "./sign/make-evidence.ts";
export { makeNotes } from "./sign/make-notes.ts";
export {
  openSigner,
  type EvidenceSigner,
  type SigningOptions,
  type SigningSurroundings,
} from "./sign/open-signer.ts";
export { readOwnStatement, type OwnStatement } from "./sign/own-statement.ts";
export { SignError } from "./sign/sign-error.ts";
export type { AdmittedFacts, ChangeFacts, PolicyFacts, PromotionFacts } from "./sign/statements.ts";
export { fetchTrustedRoot, type FetchedRoot, type FetchRootRequest } from "./tuf/fetch-root.ts";
export { httpMirror, parseMirror, type Mirror } from "./tuf/mirror.ts";
export { PUBLIC_GOOD_MIRROR, publicGoodAnchor } from "./tuf/public-good.ts";
