import type { AuthOptions } from "./auth-options.ts";

/** How an upload's `Location` (and a `Link`) names its target. */
export type LocationShape =
  | "absolute"
  | "absolute-with-query"
  | "other-host"
  | "port-dropped"
  | "relative"
  | "relative-with-query";

/** Where reads of blobs are sent, as registries on object storage do. */
export interface RedirectOptions {
  readonly status?: 301 | 302 | 303 | 307 | 308;
  /** `blob-host` is a second listener of the double; `loop` comes back to itself for ever. */
  readonly to?: "blob-host" | "loop" | "self" | URL;
  /** Redirect manifest reads too. */
  readonly manifests?: boolean;
  /** Redirect HEAD too. */
  readonly heads?: boolean;
  /** Answer 400 to a request that carries credentials, as object storage does for signed URLs. */
  readonly refuseCredentials?: boolean;
  /** Uses of one signed URL, then 403. */
  readonly uses?: number;
}

/** Behaviour like Harbor's: projects that must exist, quotas, immutable tags. */
export interface HarborOptions {
  /** First path components that exist; any other is `project x not found`. */
  readonly projects?: readonly string[];
  /** Bytes a project may hold. */
  readonly quotaBytes?: number;
  /** A robot that may only read: writes get Harbor's 401 without a bearer challenge. */
  readonly pullOnlyRobot?: boolean;
  /** What its scanner found, by digest; with them the API of scans is there. */
  readonly scans?: Readonly<Record<string, HarborScan>>;
  /** When the scanner's database was made; where not set, nobody may know. */
  readonly databaseUpdatedAt?: string;
}

/** What Harbor's scanner says of one digest; anything not set is as after a scan that went well. */
export interface HarborScan {
  readonly status?: string;
  readonly completePercent?: number;
  readonly generatedAt?: string;
  readonly severity?: string;
  /** Its own count, by default that of the list. */
  readonly total?: number;
  readonly vulnerabilities?: unknown;
  /** The digest that the answer is about, where it is not the one asked. */
  readonly about?: string;
}

/** Everything a test can say about how the double behaves; the default is OCI 1.1, no extension. */
export interface RegistryOptions {
  readonly auth?: AuthOptions;
  /** `off` answers 404 as registries without the API do: with a router's text, or spec JSON. */
  readonly referrers?: "api" | "off" | "off-json";
  /** Send `OCI-Subject` for a manifest with a subject; by default as `referrers` is on. */
  readonly ociSubject?: boolean;
  readonly referrersPageSize?: number;
  /** Apply `?artifactType=` and say so in `OCI-Filters-Applied`. */
  readonly referrersFilter?: boolean;
  /** Refuse a manifest whose subject is not there (against the spec; some registries do). */
  readonly subjectRequired?: boolean;
  /** `PUT manifests/<digest>?tag=a&tag=b` (spec main, after 1.1). */
  readonly ociTag?: boolean;
  /** `POST uploads/?digest=` with the body: `ignored` takes the bytes and answers 202. */
  readonly onePost?: "honoured" | "ignored" | "refused";
  /** `from` needs both parameters; `anonymous` needs only `mount`; `error` answers 4xx to a mount. */
  readonly mount?: "anonymous" | "error" | "from" | "off";
  readonly location?: LocationShape;
  /** `loop` names the same page for ever; `other-host` names the blob host. */
  readonly link?: "absolute" | "loop" | "other-host" | "relative";
  /** Google's extension of `tags/list`: a `manifest` map and `child`. */
  readonly google?: boolean;
  /** Most tags of a page, whatever `n` says. */
  readonly tagsPageSize?: number;
  /** Greatest `n`; above it 400. */
  readonly tagsMaxN?: number;
  /** `wrong` names a digest that is not the content's. */
  readonly digestHeader?: "omitted" | "omitted-on-head" | "sent" | "wrong";
  readonly delete?: {
    readonly digest?: boolean;
    readonly tag?: boolean;
    readonly blob?: boolean;
    /** Refuse a digest that tags still name (Google). */
    readonly untagFirst?: boolean;
    /** Refuse a child of a stored index (zot). */
    readonly keepChildren?: boolean;
  };
  /** Sends `OCI-Chunk-Min-Length` and refuses what follows a shorter chunk. */
  readonly chunkMinLength?: number;
  /** `refused` answers 405 to PATCH. */
  readonly chunks?: "accepted" | "refused";
  /** Greatest request body; above it a proxy's 413, in HTML. */
  readonly maxBodyBytes?: number;
  readonly maxManifestBytes?: number;
  /** Refuse an upload body without `Content-Length` (411). */
  readonly lengthRequired?: boolean;
  readonly putStatus?: 201 | 204;
  /** Refuse manifests whose blobs or children are not in the repository. */
  readonly checkContent?: boolean;
  readonly missingContentStatus?: 400 | 404;
  /** The code for a missing child manifest. */
  readonly missingChildCode?: "MANIFEST_BLOB_UNKNOWN" | "MANIFEST_UNKNOWN";
  /** Media types of manifests taken; by default any. */
  readonly manifestTypes?: readonly string[];
  /** `strict` answers 404 where Accept lacks the stored type; `first-child` resolves an index. */
  readonly accept?: "first-child" | "ignored" | "strict";
  /** `etag` is on reads only; `if-match` is honoured on writes as well. */
  readonly conditional?: "etag" | "if-match" | "off";
  /** Tags that cannot move, in the words of Harbor, ECR-like 409, or a plain 403. */
  readonly immutable?: { readonly tags: RegExp; readonly as?: "conflict" | "forbidden" | "harbor" };
  readonly readOnly?: "405" | "harbor";
  readonly harbor?: HarborOptions;
  readonly redirect?: RedirectOptions;
  readonly ranges?: "honoured" | "ignored";
  readonly catalog?: boolean;
  /** Resolve the tag `sha256-<hex>` to that digest where no such tag is there (GitLab). */
  readonly digestTagQuirk?: boolean;
  /** A `Warning: 299` text on every answer. */
  readonly warning?: string;
  /** More requests than this at once get 429. */
  readonly maxInFlight?: number;
  /** `Retry-After` of that 429. */
  readonly retryAfter?: string;
  /** Requests served on one connection before it is closed. */
  readonly requestsPerConnection?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Options with every behaviour decided. */
export type Behaviour = Required<
  Omit<
    RegistryOptions,
    | "chunkMinLength"
    | "harbor"
    | "immutable"
    | "manifestTypes"
    | "maxInFlight"
    | "readOnly"
    | "redirect"
    | "referrersPageSize"
    | "requestsPerConnection"
    | "retryAfter"
    | "tagsMaxN"
    | "tagsPageSize"
    | "tls"
    | "warning"
  >
> &
  RegistryOptions;

const DEFAULTS = {
  auth: { kind: "none" },
  referrers: "api",
  ociSubject: true,
  referrersFilter: true,
  subjectRequired: false,
  ociTag: false,
  onePost: "ignored",
  mount: "from",
  location: "relative",
  link: "relative",
  google: false,
  digestHeader: "sent",
  delete: { digest: true, tag: true, blob: true },
  chunks: "accepted",
  maxBodyBytes: 1024 ** 3,
  maxManifestBytes: 4 * 1024 ** 2,
  lengthRequired: false,
  putStatus: 201,
  checkContent: true,
  missingContentStatus: 400,
  missingChildCode: "MANIFEST_BLOB_UNKNOWN",
  accept: "ignored",
  conditional: "off",
  ranges: "honoured",
  catalog: true,
  digestTagQuirk: false,
} as const satisfies RegistryOptions;

/** Fills in the defaults. */
export function decide(options: RegistryOptions): Behaviour {
  const ociSubject = options.ociSubject ?? (options.referrers ?? "api") === "api";
  return { ...DEFAULTS, ...options, ociSubject };
}
