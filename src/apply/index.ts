export { apply, type ApplyRequest } from "./apply.ts";
export type { Attestor, EvidenceWrite } from "./attest.ts";
export type { Readmission } from "./readmit.ts";
