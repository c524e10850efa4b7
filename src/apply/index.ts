export { apply, type ApplyRequest } from "./apply.ts";
export type { Readmission } from "./readmit.ts";
