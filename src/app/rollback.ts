import type { Edit, PromotionDocument } from "#desired";
import { checkChannel } from "./channel-named.ts";
import { artifactNamed, documentOf, writeEdit, type EditAnswer } from "./edit-file.ts";
import { lineNamed } from "./line-named.ts";
import { load, type Loaded } from "./load.ts";
import { RequestError } from "./request-error.ts";

/** What `waybill rollback` is asked. */
export interface RollbackRequest {
  readonly root: string;
  readonly now: Date;
  /** PROJECT/NAME, as typed. */
  readonly artifact: string;
  readonly channel: string;
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
  readonly tag?: string | undefined;
  readonly until?: string | undefined;
  readonly lift: boolean;
}

/** `waybill rollback`: pins each moving tag of a channel that is computed newer than a version, or lifts the pins (contract §4). */
export async function rollback(request: RollbackRequest, signal: AbortSignal): Promise<EditAnswer> {
  const ref = artifactNamed(request.artifact, false);
  const loaded = await load(request, signal);
  const document = documentOf(loaded, ref);
  checkChannel(loaded.desired, request.channel);
  const { edit, sentence } = request.lift
    ? await liftEdit(request, document)
    : await pinEdit(request, { loaded, document });
  const change = { path: document.file, before: document.text, edit, sentence };
  return writeEdit(request.root, change, loaded, signal);
}

interface NamedEdit {
  readonly edit: Edit;
  readonly sentence: string;
}

async function liftEdit(request: RollbackRequest, document: PromotionDocument): Promise<NamedEdit> {
  const { liftPins } = await import("#desired");
  const { channel, tag } = request;
  const edit = liftPins(
    { path: document.file, text: document.text },
    { channel, ...(tag === undefined ? {} : { tags: [tag] }) },
  );
  return { edit, sentence: `Lifted the pins of ${channel}: its tags are computed again.` };
}

async function pinEdit(
  request: RollbackRequest,
  { loaded, document }: { readonly loaded: Loaded; readonly document: PromotionDocument },
): Promise<NamedEdit> {
  const [{ pinTags }, { decide, rollbackTags }] = await Promise.all([
    import("#desired"),
    import("#policy"),
  ]);
  const { channel, reason, until, now } = request;
  const { version } = lineNamed(document, {
    project: document.project,
    name: document.name,
    selector: request.to,
  });
  const artifact = loaded.desired.artifacts.find(({ id }) => id === document.id);
  const decisions = decide({ desired: loaded.desired, now });
  const found =
    artifact === undefined ? [] : rollbackTags({ artifact, channel, version, decisions });
  const tags = request.tag === undefined ? found : [request.tag];
  if (tags.length === 0) {
    throw new RequestError(
      `No moving tag of ${channel} is computed newer than ${version}, so there is nothing to pin.`,
      "name one with --tag",
    );
  }
  const edit = pinTags(
    { path: document.file, text: document.text },
    { channel, tags, version, reason, until },
  );
  return {
    edit,
    sentence: `Pinned ${tags.join(", ")} of ${channel} to ${version}: commit it and open a pull request.`,
  };
}
