import { code } from "../plain-text.ts";
import type { CheckReport } from "./check-report.ts";
import { fit, SUMMARY_ROOM, type Room } from "./fit.ts";
import type { Detail } from "./parts.ts";
import { reportBody } from "./report-body.ts";
import { verdictLine } from "./verdict.ts";

/** The summary of a check's step as GitHub-flavoured Markdown, at most 900 KiB: the verdict first (issue 6 §1). */
export function stepSummary(report: CheckReport): string {
  return summaryWithin(SUMMARY_ROOM, report);
}

/** The same in another room: a check run has that of a comment. */
export function summaryWithin(room: Room, report: CheckReport): string {
  return fit(
    room,
    (detail) =>
      text([
        verdictLine(report),
        "",
        ...leftOut(detail),
        ...reportBody(report, detail),
        ...foot(report),
      ]),
    () =>
      text([
        verdictLine(report),
        "",
        "_Everything else was left out for size._",
        "",
        ...foot(report),
      ]),
  );
}

function leftOut({ name }: Detail): readonly string[] {
  switch (name) {
    case "full":
      return [];
    case "compact":
    case "counts":
      return [
        "_This summary is cut to what GitHub shows; `--format json` and `--out` have everything._",
        "",
      ];
  }
}

function foot({ plan, head, base }: CheckReport): readonly string[] {
  const parts = [
    ...(plan === undefined ? [] : [`plan ${code(plan.digest)}`]),
    ...(head === undefined ? [] : [`head ${code(head.slice(0, 12))}`]),
    ...(base === undefined ? [] : [`base ${code(base.slice(0, 12))}`]),
  ];
  return parts.length === 0 ? [] : [`<sub>${parts.join(" · ")}</sub>`];
}

function text(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}
