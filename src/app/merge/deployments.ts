import type { ActionResult, Channel } from "#model";
import { pageOf, type MergeRequest, type Telling } from "./request.ts";

/** Files one deployment for each channel and site where something was to be done, `waybill/<channel>/<site>`. */
export async function fileDeployments(
  request: MergeRequest,
  { place, loaded, outcome, record }: Telling,
  signal: AbortSignal,
): Promise<void> {
  const commit = record?.commit ?? loaded.revisions.commit;
  if (commit === undefined) return;
  const last = lastChannels(loaded.desired.channels);
  const places = Map.groupBy(
    outcome.results.filter(({ action }) => action.channel !== null && action.site !== null),
    ({ action }) => `${action.channel ?? ""}/${action.site ?? ""}`,
  );
  const url = pageOf(request);
  for (const [where, results] of places) {
    const done = results.filter(({ status }) => status === "done").length;
    await place.forge.deployments.record(
      {
        commit,
        environment: `waybill/${where}`,
        production: last.has(results[0]?.action.channel ?? ""),
        description: `${done} of ${results.length} actions done`,
        state: stateOf(results),
        ...(url === undefined ? {} : { logUrl: url }),
      },
      signal,
    );
  }
}

function stateOf(results: readonly ActionResult[]): "success" | "failure" | "queued" {
  const open = results.filter(({ status }) => status !== "done");
  if (open.length === 0) return "success";
  const waits = open.every(
    ({ action, status }) => status === "skipped" && action.notBefore !== undefined,
  );
  return waits ? "queued" : "failure";
}

/** Channels that no other comes after: where a way ends is what people run. */
function lastChannels(channels: ReadonlyMap<string, Channel>): ReadonlySet<string> {
  const before = new Set([...channels.values()].flatMap(({ after }) => after));
  return new Set([...channels.keys()].filter((name) => !before.has(name)));
}
