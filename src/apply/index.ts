export { apply, type ApplyRequest } from "./apply.ts";
export type { Attested, Attestor } from "./attest.ts";
export type { Readmission } from "./readmit.ts";
