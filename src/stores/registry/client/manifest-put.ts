import { isDigest, type Digest, type Manifest } from "#model";
import { askMetadata, type Client, type Request } from "./client.ts";
import { readProblem, type Problem } from "./problem.ts";
import { REFUSALS } from "./refusal.ts";

/** One PUT of a manifest. */
export interface ManifestPut {
  /** A tag, or the manifest's own digest. */
  readonly reference: string;
  /** With a digest: tags for the same request (`?tag=`, distribution-spec after 1.1). */
  readonly tags?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the registry said to a PUT. */
export type PutAnswer =
  | {
      readonly kind: "stored";
      /** It answered 201, as the specification asks; any other success may be that of something between. */
      readonly created: boolean;
      /** The digest that it names; undefined where it names none. */
      readonly digest: Digest | undefined;
      /** `OCI-Subject`: the digest whose referrers now list the manifest. */
      readonly subject: string | undefined;
      /** `OCI-Tag`: the tags that it wrote; undefined where it does not know the parameter. */
      readonly tags: ReadonlySet<string> | undefined;
      readonly etag: string | undefined;
    }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Sends the exact bytes of a manifest (distribution-spec end-7). */
export async function sendManifest(
  client: Client,
  manifest: Manifest,
  put: ManifestPut,
  signal: AbortSignal,
): Promise<PutAnswer> {
  const query = (put.tags ?? []).map((tag) => `tag=${encodeURIComponent(tag)}`).join("&");
  const request: Request = {
    method: "PUT",
    at: `manifests/${put.reference}${query === "" ? "" : `?${query}`}`,
    accept: [200, 201, 202, 204, ...REFUSALS],
    headers: { "content-type": manifest.mediaType, ...put.headers },
    body: { kind: "bytes", bytes: manifest.bytes },
    digest: manifest.digest,
  };
  const answer = await askMetadata(client, request, signal);
  if (answer.status >= 300) return { kind: "refused", problem: await readProblem(answer) };
  await answer.discard();
  const digest = answer.header("docker-content-digest");
  const tags = answer.header("oci-tag");
  return {
    kind: "stored",
    created: answer.status === 201,
    digest: digest !== undefined && isDigest(digest) ? digest : undefined,
    subject: answer.header("oci-subject"),
    tags: tags === undefined ? undefined : new Set(tags.split(",").map((tag) => tag.trim())),
    etag: answer.header("etag"),
  };
}
