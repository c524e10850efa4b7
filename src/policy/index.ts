export { decide, type DecideInput } from "./decide.ts";
export { rollbackTags, type RollbackQuestion } from "./rollback-tags.ts";
export { checkSteps, type ArtifactStep } from "./steps.ts";
export { decideTrust } from "./trust/decide-trust.ts";
export { revokedDigests, type RevokedQuestion } from "./trust/revoked-digests.ts";
export { trustNeeds, type TrustNeeds } from "./trust/needs.ts";
export type { DigestName, TrustArtifact, TrustQuestion } from "./trust/question.ts";
export { whyFallen } from "./trust/revoked.ts";
export { verifyDocument, type VerifyHead } from "./trust/verify-document.ts";
