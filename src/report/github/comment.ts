import { code, markdown } from "../plain-text.ts";
import { count } from "../quantities.ts";
import { approvalsSection } from "./approvals.ts";
import type { CommentInput, Stale } from "./comment-input.ts";
import { COMMENT_ROOM, fit } from "./fit.ts";
import { markerLine } from "./marker.ts";
import { outcomeLine, outcomeSection } from "./outcome.ts";
import { commands, details, link, list, type Detail } from "./parts.ts";
import { reportBody } from "./report-body.ts";
import { verdictLine } from "./verdict.ts";

/**
 * The one comment of a pull request as GitHub-flavoured Markdown (issue 6 §2): marker, verdict, what takes away, what is
 * done where and why, who must still approve, what to type. At most 65,000 characters: details go first, then rows, and
 * what was left out is said. It is written and never read back as an input.
 */
export function commentMarkdown(input: CommentInput): string {
  return fit(
    COMMENT_ROOM,
    (detail) =>
      text([...head(input), ...leftOut(input, detail), ...body(input, detail), ...foot(input)]),
    () => text([...head(input), ...bareBody(input), ...foot(input)]),
  );
}

function head({ instance, report, stale, outcome, answers }: CommentInput): readonly string[] {
  const { plan } = report;
  const verdict = verdictLine(report);
  return [
    markerLine({ instance, head: report.head, base: report.base, digest: plan?.digest }),
    outcome === undefined ? verdict : outcomeLine(outcome),
    "",
    ...(outcome === undefined ? staleBanner(stale) : []),
    ...list(
      answers.slice(0, 10).map((answer) => markdown(answer)),
      { name: "full", rows: 10, text: 500 },
    ),
  ];
}

/** The report is of other commits than the pull request's: said before anything that could be believed. */
function staleBanner(stale: Stale | undefined): readonly string[] {
  if (stale === undefined) return [];
  const moved = [
    ...(stale.head === undefined ? [] : [`the head is now ${code(stale.head.slice(0, 12))}`]),
    ...(stale.base === undefined ? [] : [`the base is now ${code(stale.base.slice(0, 12))}`]),
  ];
  const why = moved.length === 0 ? "the pull request has moved on" : moved.join(" and ");
  return [
    "> [!WARNING]",
    `> **Stale**: ${why}. What follows was planned for other commits; a new plan is on its way.`,
    "",
  ];
}

function body(input: CommentInput, detail: Detail): readonly string[] {
  const { report, approvals, outcome } = input;
  const planned = reportBody(report, detail);
  if (outcome !== undefined) {
    return [
      ...outcomeSection(outcome, detail),
      // What was planned is history now, and stays to be read.
      ...(detail.name === "full" ? details("What was planned", planned) : []),
    ];
  }
  return [
    ...planned,
    ...(approvals === undefined ? [] : approvalsSection(approvals, detail)),
    ...details("Run it yourself", commands(toType(input))),
  ];
}

/** Commands that say the same on anybody's machine: each version where it would enter or may not. */
function toType({ report }: CommentInput): readonly string[] {
  const since = report.base === undefined ? "main" : report.base.slice(0, 12);
  const enters = (report.plan?.actions ?? []).filter(({ destructive }) => !destructive);
  const questions = [...enters, ...(report.plan?.blocked ?? [])].flatMap(
    ({ artifact, version, channel }) =>
      version === undefined || channel === undefined ? [] : `${artifact}@${version} ${channel}`,
  );
  const asked = [...new Set(questions)].slice(0, 5);
  return [`waybill plan --since ${since}`, ...asked.map((words) => `waybill why ${words}`)];
}

/** What is left where not even counts fit: the verdict says it, and the summary has the rest. */
function bareBody({ report }: CommentInput): readonly string[] {
  const actions = report.plan?.actions ?? [];
  const destructive = actions.filter((action) => action.destructive).length;
  return [
    ...(destructive === 0
      ? []
      : [`⚠️ **${count(destructive, "destructive action")}**: read them before you approve.`, ""]),
    "_Everything else is too large for a comment._",
    "",
  ];
}

/** Truncation always says what it left out, and where that is (issue 6 §2). */
function leftOut({ report, summaryUrl }: CommentInput, { name, rows }: Detail): readonly string[] {
  if (name === "full") return [];
  const things = [
    `the details of ${count(artifactsOf(report), "artifact")}`,
    `rows after the first ${rows} of each table`,
  ];
  const where =
    summaryUrl === undefined ? "the job's summary" : link("the job's summary", summaryUrl);
  return [`_Left out for size: ${things.join(", and ")}. All of it is in ${where}._`, ""];
}

function artifactsOf({ plan }: CommentInput["report"]): number {
  const items = [...(plan?.actions ?? []), ...(plan?.blocked ?? [])];
  return new Set(items.map(({ artifact }) => artifact)).size;
}

function foot({ report, at, summaryUrl, repositoryUrl }: CommentInput): readonly string[] {
  const { plan, head: tip, base } = report;
  function commitLink(commit: string): string {
    return link(
      code(commit.slice(0, 12)),
      repositoryUrl === undefined ? undefined : `${repositoryUrl}/commit/${commit}`,
    );
  }
  const parts = [
    ...(plan === undefined ? [] : [`plan ${code(plan.digest)}`]),
    ...(tip === undefined ? [] : [`head ${commitLink(tip)}`]),
    ...(base === undefined ? [] : [`base ${commitLink(base)}`]),
    markdown(at),
    ...(summaryUrl === undefined ? [] : [link("summary", summaryUrl)]),
  ];
  return [`<sub>${parts.join(" · ")}</sub>`];
}

function text(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}
