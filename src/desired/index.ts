export { compareWithBase, type Comparison } from "./compare/compare.ts";
export { howDiffers, type Difference } from "./compare/how-differs.ts";
export { policyAdditions } from "./compare/policy-additions.ts";
export { readBase, type BaseReading } from "./compare/read-base.ts";
export type { ChannelsDocument } from "./documents/channels.ts";
export { isPromotionPath, type PromotionDocument } from "./documents/promotion.ts";
export type { OwnersDocument } from "./documents/owners.ts";
export type { RegistriesDocument } from "./documents/registries.ts";
export type { RevocationsDocument } from "./documents/revocations.ts";
export type { SitesDocument } from "./documents/sites.ts";
export type { TrustDocument } from "./documents/trust.ts";
export type { Edit } from "./edit/edit.ts";
export { deprecateVersion, retireVersion, type Ending } from "./edit/end-version.ts";
export { liftPins, type Lifting } from "./edit/lift-pins.ts";
export { newPromotion, type NewArtifact } from "./edit/new-promotion.ts";
export { pinTags, type Pinning } from "./edit/pin-tags.ts";
export { promoteVersion, type Promotion } from "./edit/promote-version.ts";
export { registerVersion, type Registration } from "./edit/register-version.ts";
export { renewRoot, type RenewedRoot } from "./edit/renew-root.ts";
export type { Revocable, Revoking } from "./edit/revocation-entry.ts";
export { newRevocations, revoke } from "./edit/revoke.ts";
export { checkPaths } from "./files/paths.ts";
export { checkPrivateKeys } from "./files/private-keys.ts";
export { readOverrides, type OverridesReading } from "./overrides/read-overrides.ts";
export { checkTagMoves } from "./kpromo/check-tag-moves.ts";
export { readKpromo, type KpromoReading } from "./kpromo/read-kpromo.ts";
export {
  readPolicies,
  readPromotions,
  readRegistries,
  type DocumentReading,
  type PoliciesReading,
  type PromotionsReading,
} from "./read-files.ts";
export type { Policies } from "./resolve/context.ts";
export { readWorkflow } from "./read-workflow.ts";
export { resolve, type Resolution, type ResolveInput } from "./resolve/resolve.ts";
export type { PathRules } from "./rules/addresses.ts";
export { SCHEMA_FILES } from "./schema/schema-files.ts";
export { checkTrustContext } from "./trust/check-context.ts";
export { checkTrustFiles, namedFiles, type TrustFilesQuestion } from "./trust/check-files.ts";
export { checkTrustTimes } from "./trust/check-times.ts";
export { compareTrust, type TrustComparison } from "./trust/compare-trust.ts";
export type { SourceFile } from "./yaml/read.ts";
