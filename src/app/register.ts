import type { Edit, SourceFile } from "#desired";
import {
  addressOf,
  KINDS,
  parseAddress,
  parseDigest,
  repositoryAt,
  versionIdentity,
  type ArtifactRef,
  type Digest,
  type Kind,
  type Repository,
  type SourceType,
} from "#model";
import type { SourceOrigin } from "#inventory";
import { artifactNamed, promotionPath, writeEdit, type EditAnswer } from "./edit-file.ts";
import { fromRoot } from "./from-root.ts";
import { load, type Loaded } from "./load.ts";
import { openRunStores } from "./make-plan.ts";
import { readPromotion } from "./replace-file.ts";
import { RequestError } from "./request-error.ts";

/** What `waybill register` is asked: exactly one of digest, tag and from. */
export interface RegisterRequest {
  readonly root: string;
  /** Where layouts of relative paths lie, for an edit in a copy of the promotions repository; none: in it. */
  readonly storesRoot?: string | undefined;
  /** Where the person stands: a path in `source` is relative to it (contract §1). */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  /** PROJECT/NAME@VERSION, as typed. */
  readonly artifact: string;
  readonly digest?: string | undefined;
  readonly tag?: string | undefined;
  readonly from?: string | undefined;
  readonly kind?: string | undefined;
  readonly source?: string | undefined;
  /** Channels that it gains at once. */
  readonly channels?: readonly string[] | undefined;
}

/** `waybill register`: writes or extends a promotion file; a source tag is resolved once, now (promise 1). */
export async function register(request: RegisterRequest, signal: AbortSignal): Promise<EditAnswer> {
  const ref = artifactNamed(request.artifact, true);
  const version = ref.selector ?? "";
  const path = promotionPath(ref);
  const kind = kindOf(request.kind);
  const [loaded, file] = await Promise.all([
    load(request, signal),
    readPromotion(request.root, path),
  ]);
  const source = sourceOf(loaded, path, request);
  const { digest, made } = await resolve(request, { loaded, path, source }, signal);
  const { from, channels = [] } = request;
  const registered = await editOf({ ref, version, digest, kind, source, from }, file);
  const order = [...loaded.desired.channels.keys()];
  const edit = await withChannels(registered, file, { path, version, channels, order });
  const where =
    channels.length === 0
      ? "published, and promoted nowhere yet"
      : `asked for ${channels.join(", ")}`;
  const sentence = `Registered ${ref.project}/${ref.name} ${version} as ${digest}${made}: it is ${where}.`;
  return writeEdit(request.root, { path, before: file?.text, edit, sentence }, loaded, signal);
}

interface Registering {
  readonly ref: ArtifactRef;
  readonly version: string;
  readonly digest: Digest;
  readonly kind: Kind | undefined;
  readonly source: Repository | undefined;
  readonly from: string | undefined;
}

async function editOf(given: Registering, file: SourceFile | undefined): Promise<Edit> {
  const { newPromotion, registerVersion } = await import("#desired");
  const { ref, version, digest, kind, source, from } = given;
  const repository =
    source === undefined ? undefined : { type: typeOf(source), repository: source };
  if (file) {
    const registration = {
      version,
      digest,
      ...(from === undefined ? {} : { from }),
      ...(kind === undefined ? {} : { kind }),
    };
    return registerVersion(
      file,
      repository === undefined ? registration : { ...registration, source: repository },
    );
  }
  if (repository === undefined || kind === undefined) {
    throw new RequestError(
      `There is no ${promotionPath(ref)} yet, so its kind and source must be said.`,
      "add --kind container-image --source REGISTRY/PATH",
    );
  }
  const text = newPromotion({
    project: ref.project,
    name: ref.name,
    kind,
    source: repository,
    version,
    digest,
  });
  return { kind: "changed", text };
}

interface Promoting {
  readonly path: string;
  readonly version: string;
  readonly channels: readonly string[];
  readonly order: readonly string[];
}

/** Both in one edit, so that one refusal leaves nothing half said. */
async function withChannels(
  edit: Edit,
  file: SourceFile | undefined,
  { path, version, channels, order }: Promoting,
): Promise<Edit> {
  const text = edit.kind === "changed" ? edit.text : file?.text;
  if (channels.length === 0 || edit.kind === "refused" || text === undefined) return edit;
  const { promoteVersion } = await import("#desired");
  const promoted = promoteVersion({ path, text }, { version, channels, order });
  return promoted.kind === "same" ? edit : promoted;
}

function kindOf(text: string | undefined): Kind | undefined {
  if (text === undefined) return undefined;
  const kind = KINDS.find((name) => name === text);
  if (kind === undefined)
    throw new RequestError(`There is no kind ${text}.`, `one of ${KINDS.join(", ")}`);
  return kind;
}

/** The source that was said, or the file's own. */
function sourceOf(
  loaded: Loaded,
  path: string,
  { source: said, root, folder }: Pick<RegisterRequest, "source" | "root" | "folder">,
): Repository | undefined {
  const document = loaded.documents.find((candidate) => candidate.file === path);
  if (said === undefined) return document?.artifact.source;
  const address = parseAddress(said);
  if (typeof address === "string") throw new RequestError(`--source ${said}: ${address}.`);
  return repositoryAt(fromRoot(address, { root, folder }));
}

function typeOf(source: Repository): SourceType {
  const { kind } = addressOf(source);
  return kind === "file" || kind === "s3" ? kind : "oci";
}

/** The digest, and in words what it was made from where a tag named it. */
interface Resolved {
  readonly digest: Digest;
  readonly made: string;
}

interface Resolving {
  readonly loaded: Loaded;
  readonly path: string;
  readonly source: Repository | undefined;
}

async function resolve(
  request: RegisterRequest,
  { loaded, path, source }: Resolving,
  signal: AbortSignal,
): Promise<Resolved> {
  if (request.digest !== undefined) {
    const digest = parseDigest(request.digest);
    if (digest === undefined)
      throw new RequestError(
        `${request.digest} is no digest.`,
        "write sha256: and 64 lower-case hex digits",
      );
    return { digest, made: "" };
  }
  if (request.from !== undefined) {
    const document = loaded.documents.find((candidate) => candidate.file === path);
    const from = versionIdentity(request.from);
    const line = document?.lines.find((candidate) => versionIdentity(candidate.version) === from);
    if (line === undefined) throw new RequestError(`${path} lists no version ${request.from}.`);
    return { digest: line.digest, made: "" };
  }
  if (source === undefined)
    throw new RequestError(
      "A tag can only be resolved where the source is known.",
      "add --source REGISTRY/PATH",
    );
  return resolveTag(request, { loaded, source }, signal);
}

/** A tag is resolved once; what the image says of itself is told and not kept: the file has no place for it. */
async function resolveTag(
  request: RegisterRequest,
  { loaded, source }: { readonly loaded: Loaded; readonly source: Repository },
  signal: AbortSignal,
): Promise<Resolved> {
  const { root, storesRoot = root } = request;
  const stores = await openRunStores(loaded, { ...request, root: storesRoot });
  try {
    const at = stores.read(source);
    const found = await at.head(request.tag ?? "", signal);
    if (!found)
      throw new RequestError(
        `${source} has no tag ${request.tag ?? ""}.`,
        "push it first, or say --digest",
      );
    const { attempt, readOrigin } = await import("#inventory");
    const origin = await attempt(() => readOrigin(at, found.digest, signal));
    signal.throwIfAborted();
    return { digest: found.digest, made: origin.kind === "value" ? madeOf(origin.value) : "" };
  } finally {
    await stores.close();
  }
}

function madeOf(origin: SourceOrigin | undefined): string {
  const { source, revision, platforms = [] } = origin ?? {};
  const words = [
    ...(platforms.length === 0 ? [] : [`for ${platforms.join(", ")}`]),
    ...(source === undefined ? [] : [`made from ${source}`]),
    ...(revision === undefined ? [] : [`at ${revision}`]),
  ];
  return words.length === 0 ? "" : ` (${words.join(" ")})`;
}
