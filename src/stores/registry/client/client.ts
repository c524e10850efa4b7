import type { Digest, Repository } from "#model";
import type { ManifestCache } from "../../manifest-cache.ts";
import { StoreError } from "../../store-error.ts";
import type { CallBody, RegistryAnswer, RegistryCall, RegistryTransport, Scope } from "../call.ts";
import type { HostCapabilities } from "./capabilities.ts";

/** What every request about one repository needs. */
export interface Client {
  readonly repository: Repository;
  /** The repository's host, as references carry it. */
  readonly host: string;
  /** The repository's path at the host's endpoint. */
  readonly path: string;
  readonly transport: RegistryTransport;
  readonly can: HostCapabilities;
  readonly cache: ManifestCache;
  /** In bytes. */
  readonly maxManifestBytes: number;
  /** Of the host's endpoint: `Endpoint.folder`. */
  readonly folder: string;
}

/** A repository's path as its endpoint wants it: in its folder, and Docker Hub's official images under `library/`. */
export function pathOn(host: string, path: string, folder: string): string {
  const hub = host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io";
  const full = hub && !path.includes("/") ? `library/${path}` : path;
  return folder === "" ? full : `${folder}/${full}`;
}

/** One request of a client: what `RegistryCall` wants beyond the repository. */
export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v2/<repository>/`, with its query; or an address that the registry gave. */
  readonly at: string | URL;
  readonly accept: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: CallBody;
  readonly digest?: Digest;
  /** A GET that asks how an upload is: read with the right to write. */
  readonly ofUpload?: true;
  /** A further repository to read from, for a mount. */
  readonly from?: string;
}

/** Asks for metadata: manifests, listings, tags. */
export function askMetadata(
  client: Client,
  request: Request,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  return ask(client, request, "metadata", signal);
}

/** Asks for or about blobs. */
export function askBlobs(
  client: Client,
  request: Request,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  return ask(client, request, "blobs", signal);
}

async function ask(
  client: Client,
  request: Request,
  lane: "metadata" | "blobs",
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const { method, at, accept, headers, body, digest } = request;
  const call: RegistryCall = {
    method,
    repository: client.repository,
    digest,
    target: typeof at === "string" ? `/v2/${client.path}/${at}` : at,
    scopes: scopesOf(client, request),
    body,
    lane,
    accept,
    ...(headers === undefined ? {} : { headers }),
  };
  try {
    return await client.transport.call(call, signal);
  } catch (error) {
    throw writes(request) && error instanceof StoreError && error.code === "unauthorized"
      ? withPushHint(client, error)
      : error;
  }
}

/** Harbor and others answer 401, and not 403, to an account that may read and not write. */
function withPushHint(client: Client, error: StoreError): StoreError {
  const { code, message, repository, digest, retryable } = error;
  const hint = [error.hint, `or ${pushHint(client)}`].filter((text) => text !== undefined);
  return new StoreError({
    code,
    message,
    hint: hint.join("; "),
    repository,
    digest,
    retryable,
    cause: error,
  });
}

/** What to do where an account may not write. */
export function pushHint({ path, host }: Pick<Client, "path" | "host">): string {
  return `give the account (on Harbor: the robot account of ${projectOf({ path })}) the right to push to ${path} on ${host}`;
}

/** Harbor's project: the first part of the path. */
export function projectOf({ path }: Pick<Client, "path">): string {
  return path.split("/")[0] ?? path;
}

function writes({ method, ofUpload }: Request): boolean {
  return (method !== "GET" && method !== "HEAD") || ofUpload === true;
}

function scopesOf(client: Client, request: Request): readonly Scope[] {
  const pushes = writes(request);
  const own: Scope = { repository: client.path, actions: pushes ? ["pull", "push"] : ["pull"] };
  return request.from === undefined || request.from === client.path
    ? [own]
    : [own, { repository: request.from, actions: ["pull"] }];
}
