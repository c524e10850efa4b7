export { attempt } from "./attempt.ts";
export { eachAtOnce } from "./each-at-once.ts";
export { observe, type Survey } from "./observe.ts";
export type { MaybeIndex } from "./trust/contained-in.ts";
export type { OwnPromotion, StatementPlace } from "./trust/own-statements.ts";
export { TrustSurvey, type ExaminedUnder, type GatheredFacts } from "./trust/trust-survey.ts";
export { coveredBy } from "./trust/covered.ts";
export { ownBundles, type OwnBundle } from "./trust/own-bundles.ts";
export { findOwnPair, type OwnType, type PairAnswer } from "./trust/own-pair.ts";
