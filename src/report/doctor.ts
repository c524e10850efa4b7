import type { DoctorFinding, Json } from "#model";
import { plain } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** What `waybill doctor` found about one repository. */
export interface DoctorReport {
  readonly repository: string;
  readonly findings: readonly DoctorFinding[];
}

/** What to change first, then what could not be read, then what is as it should be. */
export function doctorText({ repository, findings }: DoctorReport, style: Style): string {
  const changes = findings.filter(({ status }) => status === "change");
  const unknown = findings.filter(({ status }) => status === "unknown");
  const ok = findings.filter(({ status }) => status === "ok");
  const lines = [
    ...changes.map((finding) => item(style.red("change"), finding)),
    ...unknown.map((finding) => item(style.yellow("not read"), finding)),
    ...ok.map((finding) => item(style.green("ok"), finding)),
    "",
    `${plain(repository)}: ${changes.length} to change, ${unknown.length} not read, ${ok.length} as they should be.`,
  ];
  return `${lines.join("\n")}\n`;
}

function item(word: string, { says, toDo }: DoctorFinding): string {
  const line = `${word}: ${plain(says)}`;
  return toDo === undefined ? line : `${line}\n    to do: ${plain(toDo)}`;
}

/** `waybill.dev/doctor/v1`, in the order in which it was looked at. */
export function doctorDocument({ repository, findings }: DoctorReport): Json {
  return {
    schema: "waybill.dev/doctor/v1",
    repository,
    findings: findings.map(({ check, status, says, toDo = null }) => ({
      check,
      status,
      says,
      toDo,
    })),
  };
}
