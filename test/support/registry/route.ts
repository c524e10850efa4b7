/** What a request is about; `redirected` is the blob host, `other` anything unknown. */
export type RequestKind =
  | "api"
  | "blob"
  | "catalog"
  | "manifest"
  | "other"
  | "ping"
  | "redirected"
  | "referrers"
  | "tags"
  | "token"
  | "upload";

/** A path read: its kind, and the repository and reference (tag, digest or upload id) it names. */
export interface Route {
  readonly kind: RequestKind;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
}

/** Where the double's own token endpoint lives. */
export const TOKEN_PATH = "/service/token";

/** Where object storage keeps what reads are redirected to. */
export const STORAGE_PREFIX = "/storage";

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/u;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/u;

const SHAPES: readonly (readonly [RequestKind, RegExp])[] = [
  ["tags", /^\/v2\/(.+)\/tags\/list$/u],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/?$/u],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/u],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/u],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/u],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/u],
];

/** Whether a repository name fits the spec's pattern. */
export function isRepositoryName(name: string): boolean {
  return name.length <= 255 && NAME.test(name);
}

/** Whether a tag fits the spec's pattern. */
export function isTag(tag: string): boolean {
  return TAG.test(tag);
}

function bare(kind: RequestKind): Route {
  return { kind, repository: undefined, reference: undefined };
}

/** Reads a decoded path; the query plays no part. */
export function readRoute(path: string): Route {
  if (path === "/v2/" || path === "/v2") {
    return bare("ping");
  }
  if (path === "/v2/_catalog") {
    return bare("catalog");
  }
  if (path === TOKEN_PATH) {
    return bare("token");
  }
  if (path.startsWith("/api/v2.0/")) {
    return bare("api");
  }
  const stored = path.startsWith(`${STORAGE_PREFIX}/`);
  const inner = stored ? path.slice(STORAGE_PREFIX.length) : path;
  for (const [kind, shape] of SHAPES) {
    const match = shape.exec(inner);
    if (match) {
      return { kind: stored ? "redirected" : kind, repository: match[1], reference: match[2] };
    }
  }
  return bare("other");
}
