import type { OpenRequest, Workplace } from "../pr/open-request.ts";
import { reportRequest } from "../pr/report-request.ts";
import { reportMerged } from "../merge/report-merged.ts";
import type { ChatRequest } from "./answer-chat.ts";

/** What there is to say, and where. */
export interface Telling {
  readonly request: ChatRequest;
  readonly place: Workplace;
  readonly open: OpenRequest;
  readonly check: string | undefined;
  readonly lines: readonly string[];
}

/**
 * Writes the one comment anew, from what is known, with the answer in it; it stands until the next report. The address of
 * the comment; undefined where a newer report stands there.
 */
export async function tellAnswer(
  { request, place, open, check, lines }: Telling,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { root, env, instance, now } = request;
  const { pullRequest, head } = open;
  if (pullRequest.state === "merged")
    return reportMerged({ root, instance, now, place, pullRequest, check, answers: lines }, signal);
  const pr = pullRequest.number;
  const report = { root, env, pr, check, head, instance, now, answers: lines };
  return (await reportRequest(report, signal)).url;
}
