import { artifactNamed, documentOf, writeEdit, type EditAnswer } from "./edit-file.ts";
import { lineNamed } from "./line-named.ts";
import { load } from "./load.ts";

/** What `waybill deprecate` and `waybill retire` are asked. */
export interface RetireRequest {
  readonly root: string;
  /** PROJECT/NAME@VERSION, as typed. */
  readonly artifact: string;
  readonly reason: string;
  readonly verb: "deprecate" | "retire";
}

/** `waybill deprecate` and `waybill retire`: a version's state goes forward, with its reason (contract §4). */
export async function retire(request: RetireRequest, signal: AbortSignal): Promise<EditAnswer> {
  const ref = artifactNamed(request.artifact, true);
  const [loaded, rooms] = await Promise.all([load(request, signal), import("#desired")]);
  const document = documentOf(loaded, ref);
  const { version } = lineNamed(document, ref);
  const { reason, verb } = request;
  const file = { path: document.file, text: document.text };
  const isRetirement = verb === "retire";
  const edit = isRetirement
    ? rooms.retireVersion(file, { version, reason })
    : rooms.deprecateVersion(file, { version, reason });
  const sentence = isRetirement
    ? `Retired ${document.id} ${version}: commit it and open a pull request; a plan will show what it withdraws.`
    : `Deprecated ${document.id} ${version}: commit it and open a pull request.`;
  const change = { path: document.file, before: document.text, edit, sentence };
  return writeEdit(request.root, change, loaded, signal);
}
