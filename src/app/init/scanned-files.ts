import {
  addressOf,
  compareSemVer,
  isName,
  isProject,
  parseAddress,
  parseSemVer,
  repositoryAt,
  versionIdentity,
  type Digest,
  type Kind,
  type Repository,
} from "#model";
import type { SourceFile } from "#desired";
import type { ReadRepository, Stores } from "#stores";
import { promotionPath } from "../edit-file.ts";
import { fromRoot } from "../from-root.ts";
import { RequestError } from "../request-error.ts";
import type { InitRequest } from "./init.ts";

/** More versions than a person would read in a new file. */
const MAX_VERSIONS = 1000;

/** A version of a repository, as its tags say it. */
interface Found {
  readonly version: string;
  readonly digest: Digest;
}

/**
 * Proposes a promotion file for each repository of `--scan`: every tag that is a version becomes a line that is published
 * and promoted nowhere. Other tags (latest, evidence) are outputs, and not taken.
 */
export async function scannedFiles(
  request: InitRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (request.scan.length === 0) return new Map();
  const { openStores } = await import("#stores");
  const { root, env } = request;
  const stores = openStores({ root, hosts: [], env });
  try {
    const files = new Map<string, string>();
    for (const text of request.scan) {
      const { path, content } = await scanned(text, request, stores, signal);
      files.set(path, content);
    }
    return files;
  } finally {
    await stores.close();
  }
}

async function scanned(
  text: string,
  request: InitRequest,
  stores: Stores,
  signal: AbortSignal,
): Promise<{ readonly path: string; readonly content: string }> {
  const repository = repositoryOf(text, request);
  const { project, name } = namesOf(text, repository);
  const store = stores.read(repository);
  const versions = await versionsIn(store, signal);
  const [newest] = versions.slice(-1);
  if (newest === undefined)
    throw new RequestError(
      `${text} has no tag that is a version.`,
      "waybill register PROJECT/NAME@VERSION --tag TAG takes any tag",
    );
  const kind = await kindOf(store, newest.digest, signal);
  const path = promotionPath({ project, name, selector: undefined });
  return { path, content: await written({ path, project, name, kind, repository }, versions) };
}

function repositoryOf(text: string, { root, folder }: InitRequest): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new RequestError(`--scan ${text}: ${address}.`);
  return repositoryAt(fromRoot(address, { root, folder }));
}

/** The last part of the path is the name, and the one before it the project. */
function namesOf(
  text: string,
  repository: Repository,
): { readonly project: string; readonly name: string } {
  const address = addressOf(repository);
  const path = address.kind === "s3" ? address.bucket : address.path;
  const [project = "", name = ""] = path.replace(/\/+$/, "").split("/").slice(-2);
  if (isProject(project) && isName(name)) return { project, name };
  throw new RequestError(
    `--scan ${text}: its path does not end in PROJECT/NAME.`,
    "waybill register PROJECT/NAME@VERSION --source REGISTRY/PATH --tag TAG names them apart",
  );
}

async function versionsIn(store: ReadRepository, signal: AbortSignal): Promise<readonly Found[]> {
  const listing = await store.tags(signal);
  const tags = listing.tags
    .filter((tag) => parseSemVer(tag) !== undefined)
    .toSorted(compareSemVer)
    .slice(-MAX_VERSIONS);
  const found = new Map<string, Found>();
  for (const tag of tags) {
    const digest = listing.digests?.get(tag) ?? (await store.head(tag, signal))?.digest;
    // `v1.0.0` and `1.0.0` are one version.
    if (digest !== undefined) found.set(versionIdentity(tag), { version: tag, digest });
  }
  return [...found.values()];
}

async function kindOf(store: ReadRepository, digest: Digest, signal: AbortSignal): Promise<Kind> {
  const manifest = await store.manifest(digest, signal);
  if (manifest === undefined) return "generic";
  const { parseManifest } = await import("#stores");
  const { kind, config, artifactType } = parseManifest(manifest);
  const type = artifactType ?? config?.mediaType ?? "";
  if (type.startsWith("application/vnd.cncf.helm.config")) return "helm-chart";
  const isImage =
    kind === "index" || /^application\/vnd\.(?:oci|docker\.container)\.image/.test(type);
  return isImage && artifactType === undefined ? "container-image" : "generic";
}

interface NewFile {
  readonly path: string;
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  readonly repository: Repository;
}

/** A candidate that was released by another tag comes from the first version of its digest. */
async function written(
  { path, project, name, kind, repository }: NewFile,
  versions: readonly Found[],
): Promise<string> {
  const { newPromotion, registerVersion } = await import("#desired");
  const [first, ...rest] = versions;
  if (first === undefined) return "";
  const source = { type: "oci" as const, repository };
  let file: SourceFile = { path, text: newPromotion({ project, name, kind, source, ...first }) };
  const firsts = new Map([[first.digest, first.version]]);
  for (const { version, digest } of rest) {
    const from = firsts.get(digest);
    const edit = registerVersion(file, { version, digest, ...(from !== undefined && { from }) });
    if (edit.kind === "changed") file = { path, text: edit.text };
    firsts.set(digest, from ?? version);
  }
  return file.text;
}
