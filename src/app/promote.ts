import { artifactNamed, documentOf, writeEdit, type EditAnswer } from "./edit-file.ts";
import { lineNamed } from "./line-named.ts";
import { load } from "./load.ts";

/** What `waybill promote` is asked. */
export interface PromoteRequest {
  readonly root: string;
  /** PROJECT/NAME@VERSION, as typed. */
  readonly artifact: string;
  readonly channels: readonly string[];
  readonly environment: string | undefined;
}

/** `waybill promote`: adds channels to a version's line (contract §4); the diff is the request. */
export async function promote(request: PromoteRequest, signal: AbortSignal): Promise<EditAnswer> {
  const ref = artifactNamed(request.artifact, true);
  const [loaded, { promoteVersion }] = await Promise.all([
    load(request, signal),
    import("#desired"),
  ]);
  const document = documentOf(loaded, ref);
  const { version } = lineNamed(document, ref);
  const { environment, channels } = request;
  const edit = promoteVersion(
    { path: document.file, text: document.text },
    {
      version,
      channels,
      ...(environment === undefined ? {} : { environment }),
      order: [...loaded.desired.channels.keys()],
    },
  );
  const sentence = `Promoted ${document.id} ${version} to ${channels.join(", ")}: commit it and open a pull request.`;
  const change = { path: document.file, before: document.text, edit, sentence };
  return writeEdit(request.root, change, loaded, signal);
}
