export {
  coverActions,
  type ChangeSource,
  type Coverage,
  type CoverQuestion,
  type DirectCommit,
  type MergedRequest,
  type UncoveredAction,
} from "./approval/coverage.ts";
export { withoutContradicted, withoutUndone } from "./approval/undone.ts";
export { frozenAt, type Frozen } from "./approval/freeze.ts";
export { standingCommits, type BlobsAtCommit } from "./approval/intent.ts";
export type { UncoveredCode } from "./approval/judge-change.ts";
export { neededPeople, type NeededPeople } from "./approval/needed-people.ts";
export {
  loginKey,
  memberKey,
  type ApprovalFacts,
  type ApprovalQuestion,
  type ApprovalRules,
} from "./approval/question.ts";
export { bodyHash, parseStatement, statementText } from "./approval/statement.ts";
export { approvalVerdict } from "./approval/verdict.ts";
export { changesBetween } from "./changes/changes.ts";
export { enteringVersions, type EnteringVersion } from "./changes/entering-versions.ts";
export { versionBefore } from "./changes/version-before.ts";
export { compareContent, contentSize, type ReadVersion } from "./content/compare-content.ts";
export { compareConfigs, comparePlatforms, type Configs } from "./content/config.ts";
export { sbomsIn, scansIn } from "./content/documents.ts";
export { foundEvidence } from "./content/found-evidence.ts";
export { originOf } from "./content/origin.ts";
export { comparePackages } from "./content/packages.ts";
export { rollbackReadiness, rollbackTarget, type RollbackTarget } from "./content/rollback.ts";
export { compareVulnerabilities } from "./content/vulnerabilities.ts";
export { decide, type DecideInput } from "./decide.ts";
export { rollbackTags, type RollbackQuestion } from "./rollback-tags.ts";
export { checkSteps, type ArtifactStep } from "./steps.ts";
export { decideTrust } from "./trust/decide-trust.ts";
export { liftSoak } from "./trust/lift-soak.ts";
export type { KeyFile } from "./trust/openssl-commands.ts";
export { revokedDigests, type RevokedQuestion } from "./trust/revoked-digests.ts";
export { trustNeeds, type TrustNeeds } from "./trust/needs.ts";
export type { DigestName, TrustArtifact, TrustQuestion } from "./trust/question.ts";
export { whyFallen } from "./trust/revoked.ts";
export { verifyDocument, type VerifyHead } from "./trust/verify-document.ts";
