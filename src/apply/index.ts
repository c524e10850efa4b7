export { apply, type ApplyRequest } from "./apply.ts";
export { writeEvidence, type Attested, type Attestor } from "./attest.ts";
export type { Readmission } from "./readmit.ts";
