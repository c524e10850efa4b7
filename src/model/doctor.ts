/** One thing that `waybill doctor` looked at. */
export interface DoctorFinding {
  /** A kebab-case code that stays. */
  readonly check: string;
  /** `unknown`: it could not be read, and `toDo` names the right that is missing. */
  readonly status: "ok" | "change" | "unknown";
  readonly says: string;
  /** What to change, where something is to. */
  readonly toDo: string | undefined;
}
