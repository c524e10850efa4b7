import {
  MEDIA_TYPES,
  digestAlgorithm,
  isDigest,
  type Descriptor,
  type Digest,
  type Manifest,
} from "#model";
import { isSchema1, manifestMediaType, schema1Error } from "../../manifest.ts";
import { StoreError } from "../../store-error.ts";
import { digestOfBytes, mismatch } from "../../verified-stream.ts";
import type { RegistryAnswer } from "../call.ts";
import { askMetadata, type Client } from "./client.ts";
import { readAbsence } from "./refusal.ts";

/**
 * Every type that we read, on HEAD as on GET: a registry that converts or picks by platform must give the same answer
 * to both. The last entry is for types that we do not know.
 */
const ACCEPT: string = [
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerList,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.ociArtifact,
  "*/*;q=0.1",
].join(", ");

/** What a name stands for, and the `ETag` under which it may be replaced. */
export interface Named {
  readonly descriptor: Descriptor;
  readonly etag: string | undefined;
}

/** A manifest read under a tag. */
export interface TaggedManifest {
  readonly manifest: Manifest;
  readonly etag: string | undefined;
}

/**
 * Asks what a tag or digest names (HEAD, end-3). A host whose HEAD leaves out digest, type or size is asked with GET,
 * once and from then on. Undefined: absent.
 */
export async function headManifest(
  client: Client,
  reference: string,
  signal: AbortSignal,
): Promise<Named | undefined> {
  if (client.can.headTells) {
    const answer = await askManifest(client, "HEAD", reference, signal);
    await answer.discard();
    if (answer.status === 404) return undefined;
    const descriptor = headDescriptor(answer);
    if (descriptor !== undefined) {
      checkNamed(client, reference, descriptor.digest);
      return { descriptor, etag: answer.header("etag") };
    }
    client.can.headTells = false;
  }
  const read = await getManifest(client, reference, signal);
  if (read === undefined) return undefined;
  const { digest, mediaType, bytes } = read.manifest;
  return { descriptor: { digest, mediaType, size: bytes.length }, etag: read.etag };
}

function headDescriptor(answer: RegistryAnswer): Descriptor | undefined {
  const digest = answer.header("docker-content-digest") ?? "";
  const mediaType = answer.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const size = Number(answer.header("content-length") ?? NaN);
  if (!isDigest(digest) || mediaType === "" || !Number.isSafeInteger(size) || size < 0)
    return undefined;
  return { mediaType, digest, size };
}

function checkNamed(client: Client, reference: string, named: Digest): void {
  if (!isDigest(reference) || named === reference) return;
  const expected = { digest: reference, size: 0, repository: client.repository };
  throw mismatch(expected, `the manifest ${named}`);
}

/** The bytes of a manifest by its digest, from the run's cache or by GET, hashed and compared; undefined: absent. */
export async function readManifest(
  client: Client,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const known = client.cache.get(client.repository, digest);
  if (known !== undefined) return known;
  const read = await getManifest(client, digest, signal);
  return read?.manifest;
}

/** GET of a manifest by tag or digest. What its bytes hash to is its digest; the header is only compared. */
export async function getManifest(
  client: Client,
  reference: string,
  signal: AbortSignal,
): Promise<TaggedManifest | undefined> {
  const answer = await askManifest(client, "GET", reference, signal);
  if (answer.status === 404) {
    const asked = isDigest(reference) ? reference : undefined;
    return readAbsence(client, answer, `give the manifest ${reference}`, asked);
  }
  const bytes = await readCapped(client, reference, answer);
  const mediaType = manifestMediaType(answer.header("content-type"), bytes);
  const asked = isDigest(reference) ? reference : undefined;
  // Before the hash: schema 1 is served with signatures that its digest leaves out.
  if (isSchema1(mediaType)) throw schema1Error(asked, client.repository);
  const digest = proveDigest(client, answer, asked, bytes);
  const manifest: Manifest = { digest, mediaType, bytes };
  client.cache.put(client.repository, manifest);
  return { manifest, etag: answer.header("etag") };
}

/** By digest the bytes prove themselves; by tag the header is all there is to compare them with. */
function proveDigest(
  client: Client,
  answer: RegistryAnswer,
  asked: Digest | undefined,
  bytes: Uint8Array,
): Digest {
  const header = answer.header("docker-content-digest");
  const told = header !== undefined && isDigest(header) ? header : undefined;
  const expected = asked ?? told;
  const digest = digestOfBytes(bytes, expected ? digestAlgorithm(expected) : "sha256");
  if (expected === undefined || expected === digest) return digest;
  const { repository } = client;
  throw mismatch({ digest: expected, size: bytes.length, repository }, "bytes of another digest");
}

async function readCapped(
  client: Client,
  reference: string,
  answer: RegistryAnswer,
): Promise<Uint8Array> {
  try {
    return await answer.bytes(client.maxManifestBytes);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "too-large") throw error;
    throw new StoreError({
      code: "too-large",
      message: `the manifest ${reference} in ${client.repository} is larger than ${client.maxManifestBytes} bytes`,
      hint: `if that is right, raise maxManifestBytes of ${client.host} in policies/registries.yaml`,
      repository: client.repository,
      digest: isDigest(reference) ? reference : undefined,
      retryable: false,
      cause: error,
    });
  }
}

function askManifest(
  client: Client,
  method: "GET" | "HEAD",
  reference: string,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const at = `manifests/${reference}`;
  const request = { method, at, accept: [200, 404], headers: { accept: ACCEPT } };
  return askMetadata(
    client,
    isDigest(reference) ? { ...request, digest: reference } : request,
    signal,
  );
}
