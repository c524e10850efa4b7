export { compareWithBase, type Comparison } from "./compare/compare.ts";
export { readBase, type BaseReading } from "./compare/read-base.ts";
export type { ChannelsDocument } from "./documents/channels.ts";
export type { PromotionDocument } from "./documents/promotion.ts";
export type { RegistriesDocument } from "./documents/registries.ts";
export type { SitesDocument } from "./documents/sites.ts";
export { checkPaths } from "./files/paths.ts";
export { checkPrivateKeys } from "./files/private-keys.ts";
export {
  readPolicies,
  readPromotions,
  readRegistries,
  type DocumentReading,
  type PoliciesReading,
  type PromotionsReading,
} from "./read-files.ts";
export type { Policies } from "./resolve/context.ts";
export { resolve, type Resolution, type ResolveInput } from "./resolve/resolve.ts";
export type { PathRules } from "./rules/addresses.ts";
export type { SourceFile } from "./yaml/read.ts";
