export type {
  AuthOptions,
  BearerOptions,
  ChallengeShape,
  Grant,
  TokenAsked,
  User,
} from "./auth-options.ts";
export { algorithmOf, digestOf, matchesDigest, type Algorithm } from "./digest.ts";
export type { Fault, FaultMatch, FaultPlan, LaidFault } from "./fault.ts";
export type { ListenerName, RequestFilter, RequestRecord } from "./log.ts";
export type { HarborOptions, LocationShape, RedirectOptions, RegistryOptions } from "./options.ts";
export { PROFILES } from "./profiles.ts";
export type { Registry, RequestHook } from "./registry.ts";
export type { Repository, StoredManifest } from "./repository.ts";
export type { RequestKind } from "./route.ts";
export { startRegistry } from "./start.ts";
