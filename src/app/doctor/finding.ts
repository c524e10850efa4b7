import type { DoctorFinding } from "#model";

/** What is as it should be. */
export function fine(check: string, says: string): DoctorFinding {
  return { check, status: "ok", says, toDo: undefined };
}

/** What should be changed, and how. */
export function change(check: string, says: string, toDo: string): DoctorFinding {
  return { check, status: "change", says, toDo };
}

/** What is so, or is to be changed. */
export function isSo(
  check: string,
  holds: boolean,
  { yes, no, toDo }: { readonly yes: string; readonly no: string; readonly toDo: string },
): DoctorFinding {
  return holds ? fine(check, yes) : change(check, no, toDo);
}
