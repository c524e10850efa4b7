export { decide, type DecideInput } from "./decide.ts";
export { checkSteps, type ArtifactStep } from "./steps.ts";
