export type { BearerOptions, ChallengeShape } from "./auth-options.ts";
export { digestOf, matchesDigest } from "./digest.ts";
export type { Fault, FaultMatch } from "./fault.ts";
export type { RequestFilter, RequestRecord } from "./log.ts";
export type { LocationShape, RedirectOptions, RegistryOptions } from "./options.ts";
export { PROFILES } from "./profiles.ts";
export type { Registry } from "./registry.ts";
export type { Repository } from "./repository.ts";
export { startRegistry } from "./start.ts";
