export { approve, type Approval, type Approved } from "./approve.ts";
export { buildPlan, planWithSteps, type PlanWithSteps } from "./build-plan.ts";
export { planDocument } from "./document.ts";
export type { PlanInput } from "./draft.ts";
export { attestSlot, type PairState, type PlanAttest } from "./plan-attest.ts";
export { exitCode, type ExitCode, type RunResult } from "./exit-code.ts";
export { parsePlanDocument, type ParsedPlan } from "./parse-document.ts";
export { liftedKey, type PlannedStep, type PlanTrust } from "./trust.ts";
