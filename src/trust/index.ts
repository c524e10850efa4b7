export { artifactOfBytes, artifactOfDigest, hashFile, type Artifact } from "./artifact.ts";
export { usualDemand, type VerifyingAuthority } from "./authority.ts";
export { parsePublicKey } from "./crypto/public-key.ts";
export { defaultRoot } from "./default-root.ts";
export { neededHashes } from "./needed-hashes.ts";
export { MAX_EVIDENCE, readEvidenceFile } from "./read-evidence.ts";
export type { ReadEvidence } from "./sealed.ts";
export { parseTrustedRoot, type TrustedRoot } from "./trusted-root.ts";
export { bestOf, verifyEvidence, type Verification } from "./verify.ts";
