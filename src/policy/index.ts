export { decide, type DecideInput } from "./decide.ts";
export { rollbackTags, type RollbackQuestion } from "./rollback-tags.ts";
export { checkSteps, type ArtifactStep } from "./steps.ts";
