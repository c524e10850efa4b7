import type { RunRecord } from "#model";
import { forgeAccess, type Environment } from "../pr/forge.ts";
import { RequestError } from "../request-error.ts";
import { keepRecords } from "./keep-record.ts";

/** What `waybill record` is asked. */
export interface ShareRequest {
  readonly root: string;
  readonly env: Environment;
  readonly now: () => Date;
  readonly push: boolean;
  /** The texts of files with one record a line, by the names that they were given with. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * `waybill record`: adds records that runs left in files to the notes, and shares them through origin: for a job of its
 * own that may write to the repository and knows no registry (issue 6 §4). Gives how many lines there were.
 */
export async function shareRecords(request: ShareRequest, signal: AbortSignal): Promise<number> {
  const { root, env, now, push, files } = request;
  const [{ parseRecordLine }, { openRemote, openTimeline }] = await Promise.all([
    import("#audit"),
    import("#scm"),
  ]);
  const records = [...files].flatMap(([name, text]) => readFile(name, text, parseRecordLine));
  const timeline = await openTimeline(root, signal);
  if (timeline === undefined) throw new RequestError(`${root} is in no git repository.`);
  const commits = [...new Set(records.map(({ commit }) => commit))];
  if (!(await timeline.has(commits)))
    throw new RequestError(
      "This clone does not have a commit that a record is about.",
      "check out with fetch-depth: 0",
    );
  const remote = push ? await openRemote(root, {}, signal) : undefined;
  const token = remote && (await forgeAccess(remote.url, env))?.token;
  await keepRecords(records, { root, now, push, token });
  return records.length;
}

function readFile(
  name: string,
  text: string,
  parse: (line: string) => RunRecord | undefined,
): readonly RunRecord[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const record = parse(line.trim());
    if (record === undefined)
      throw new RequestError(
        `${name}, line ${index + 1}: no record, or one whose id is not its content's.`,
        "waybill apply --on-merge --record-out FILE writes one",
      );
    return [record];
  });
}
