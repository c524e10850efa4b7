import type { Action, Diagnostic } from "#model";
import { openRunStores } from "../make-plan.ts";
import { keepRequest } from "../pr/keep-request.ts";
import { reapproveTrailers } from "../pr/reapproved.ts";
import { RequestError } from "../request-error.ts";
import { prepareMerge, sortedPlan, type PrepareRequest } from "./prepare.ts";

/** What became of `waybill reapprove`. */
export type ReapproveAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "nothing" }
  | {
      readonly kind: "proposed";
      readonly branch: string;
      readonly commit: string;
      readonly base: string;
      readonly url: string;
      readonly actions: readonly Action[];
    };

/**
 * `waybill reapprove --pr`: opens the pull request that covers what no approved merge asks for (issue 6 §4). Its one
 * commit changes no file and names the actions, so that what was reviewed is in git; merged, it covers exactly those, by
 * the approvals that a change of their artifacts would need.
 */
export async function reapprove(
  request: PrepareRequest,
  signal: AbortSignal,
): Promise<ReapproveAnswer> {
  const prepared = await prepareMerge(request, signal);
  if (prepared.kind === "invalid") return prepared;
  if (prepared.kind === "outdated" || prepared.work.range.to !== prepared.work.tip)
    throw new RequestError("This is not the newest commit of its branch.", "check that out first");
  const { work } = prepared;
  const stores = await openRunStores(work.loaded, request);
  try {
    const { coverage } = await sortedPlan(request, { ...work, stores }, signal);
    const open = coverage.uncovered
      .map(({ action }) => action)
      .filter(({ channel }) => request.channel === undefined || channel === request.channel);
    if (open.length === 0) return { kind: "nothing" };
    return await openRequest(request, { work, actions: open }, signal);
  } finally {
    await stores.close();
  }
}

type Work = Extract<Awaited<ReturnType<typeof prepareMerge>>, { readonly kind: "ready" }>["work"];

interface Opening {
  readonly work: Work;
  readonly actions: readonly Action[];
}

async function openRequest(
  { channel, env }: PrepareRequest,
  { work, actions }: Opening,
  signal: AbortSignal,
): Promise<ReapproveAnswer> {
  const { place, branch: base, tip } = work;
  const { forge } = place;
  const branch = `waybill/reapprove${channel === undefined ? "" : `/${channel}`}`;
  const where = channel === undefined ? "" : ` in ${channel}`;
  const title = `Reapprove what is left undone${where}`;
  const asked = actions.map(sentenceOf);
  const actor = env["GITHUB_ACTOR"];
  const by = actor === undefined ? [] : [`Waybill-Asked-By: ${actor}`];
  const trailers = [...by, ...reapproveTrailers(actions)];
  const message = [title, "", `Waybill-Base: ${tip}`, ...trailers, ""].join("\n");
  const before = await forge.branches.head(branch, signal);
  const change = { branch, expect: before, parent: tip, message, files: new Map() };
  const commit = await forge.branches.publish(change, signal);
  const shown = { branch, base, title, before: title, asked: asked.slice(0, 100), flow: [] };
  const url = await keepRequest(forge, shown, signal);
  return { kind: "proposed", branch, commit, base, url, actions };
}

function sentenceOf({ op, artifact, version, channel, site, tag }: Action): string {
  const what = tag === null ? op : `${op} ${tag}`;
  return `${what}: ${artifact} ${version} in ${channel ?? ""} at ${site ?? ""}`;
}
