import type { Action, Plan } from "#model";
import { plan, type PlanAnswer, type PlanRequest } from "../plan.ts";
import { openForge } from "../pr/forge.ts";
import { runUrl } from "../pr/report-request.ts";
import { blockedLine, keepIssueParts, MOST_LINES, plain, type Parts } from "./failure-issue.ts";

/** What `waybill drift` is asked: a plan of everything, as deep as there is. */
export interface DriftRequest extends Omit<PlanRequest, "since" | "deep" | "detailedExitCode"> {
  /** Which of several Waybills of one repository this is. */
  readonly instance: string;
}

/**
 * `waybill drift`: plans everything, deep, and keeps the one failure issue true about what is not as git says (issue 6
 * §6). It changes no store. Files that are wrong leave the issue as it is: nothing is known then.
 */
export async function drift(request: DriftRequest, signal: AbortSignal): Promise<PlanAnswer> {
  const answer = await plan(
    { ...request, since: undefined, deep: true, detailedExitCode: false },
    signal,
  );
  if (answer.kind === "invalid") return answer;
  const forge = await openForge(request, signal);
  const parts = partsOf(answer.plan, runUrl(request.env));
  function change(): Parts {
    return parts;
  }
  await keepIssueParts(forge, { instance: request.instance, change }, signal);
  return answer;
}

/** What is left to do and may be done now, and what stands in the way; what waits for its time is as it should be. */
function partsOf({ actions, blocked, commit }: Plan, page: string | undefined): Parts {
  const items = [
    ...actions
      .filter(({ notBefore }) => notBefore === undefined)
      .map((action) => [action.channel, actionLine(action)] as const),
    ...blocked.map((item) => [item.channel ?? null, blockedLine(item)] as const),
  ];
  const channels = Map.groupBy(items, ([channel]) => channel ?? "elsewhere");
  const told = [...channels].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    told.map(([channel, lines]) => [
      channel,
      partOf({ channel, lines: lines.map(([, line]) => line), commit, page }),
    ]),
  );
}

function actionLine({ op, artifact, version, site, tag, reason }: Action): string {
  const what = `${op}${tag === null ? "" : ` ${plain(tag)}`} of ${plain(artifact)} ${plain(version)}`;
  return `- not as git says: ${what} at ${site ?? ""}. ${plain(reason)}`;
}

interface Part {
  readonly channel: string;
  readonly lines: readonly string[];
  readonly commit: string | undefined;
  readonly page: string | undefined;
}

function partOf({ channel, lines, commit, page }: Part): string {
  const more = lines.length - MOST_LINES;
  return [
    `### ${channel}`,
    "",
    ...lines.slice(0, MOST_LINES),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    `Commit ${commit?.slice(0, 12) ?? "unknown"}${page === undefined ? "" : `, [run](${page})`}`,
  ].join("\n");
}
