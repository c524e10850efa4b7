import {
  hasErrors,
  type DesiredArtifact,
  type Diagnostic,
  type ReleaseNotes,
  type VersionLine,
} from "#model";
import { artifactNamed, documentOf } from "../edit-file.ts";
import { lineNamed } from "../line-named.ts";
import { load, type Loaded } from "../load.ts";
import { openRunStores } from "../make-plan.ts";
import { RequestError } from "../request-error.ts";
import type { SigningRequest } from "../trust/open-attestor.ts";
import { attachNotes, type AttachedNotes } from "./attach-notes.ts";
import { gatherNotes, type NotesQuestion } from "./gather-notes.ts";
import { sourceForges } from "./source-forges.ts";

/** What `waybill notes` is asked. */
export interface NotesRequest {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  /** PROJECT/NAME@VERSION, as typed. */
  readonly artifact: string;
  readonly channel: string | undefined;
  /** A listed version to compare with; where not said, the one that the channel had before. */
  readonly against: string | undefined;
  /** Signs the notes and attaches them; undefined: they are only told. */
  readonly attach: SigningRequest | undefined;
  readonly now: () => Date;
}

/** The notes; or what is wrong with the files. */
export type NotesAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "told";
      readonly notes: ReleaseNotes;
      readonly attached: readonly AttachedNotes[];
      readonly exitCode: 0 | 1;
    };

/** `waybill notes`: what a version brings to a channel, told, and where it is asked signed and attached (002-23, 002-65). */
export async function notes(request: NotesRequest, signal: AbortSignal): Promise<NotesAnswer> {
  const loaded = await load(request, signal);
  if (hasErrors(loaded.diagnostics)) return { kind: "invalid", diagnostics: loaded.diagnostics };
  const question = await questionOf(request, loaded);
  const stores = await openRunStores(loaded, request);
  try {
    const forges = await sourceForges(request, signal);
    const told = await gatherNotes(question, { stores, forges }, signal);
    if (request.attach === undefined)
      return { kind: "told", notes: told, attached: [], exitCode: 0 };
    const { attach: signing, env, now } = request;
    const by = { loaded, stores, signing, env, now };
    const attached = await attachNotes({ notes: told, question }, by, signal);
    const isDone = attached.every(({ status }) => status !== "failed");
    return { kind: "told", notes: told, attached, exitCode: isDone ? 0 : 1 };
  } finally {
    await stores.close();
  }
}

async function questionOf(
  { artifact: named, channel, against: said }: NotesRequest,
  loaded: Loaded,
): Promise<NotesQuestion> {
  const ref = artifactNamed(named, true);
  const document = documentOf(loaded, ref);
  const line = lineNamed(document, ref);
  const artifact = loaded.desired.artifacts.find(({ id }) => id === document.id);
  if (artifact === undefined) throw new RequestError(`${document.file} could not be read.`);
  if (channel !== undefined && !line.channels.some((use) => use.channel === channel))
    throw new RequestError(
      `${document.file} does not put ${line.version} into ${channel}.`,
      line.channels.length === 0
        ? "leave --channel out: it is compared with the version registered before it"
        : `it is in ${line.channels.map((use) => use.channel).join(", ")}`,
    );
  const { versionBefore } = await import("#policy");
  const against =
    said === undefined
      ? versionBefore({ lines: artifact.lines, line, channel })
      : lineNamed(document, { ...ref, selector: said });
  return { artifact, line: inArtifact(artifact, line), channel, against };
}

function inArtifact({ lines }: DesiredArtifact, line: VersionLine): VersionLine {
  return lines.find(({ version }) => version === line.version) ?? line;
}
