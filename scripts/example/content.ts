/** The artifacts of the example and the demo: small, deterministic, and with evidence in every form. */
import { createPrivateKey, sign } from "node:crypto";
import type { Descriptor, Manifest, Repository } from "#model";
import { parseDigest } from "#model";
import type { Stores, TagWrite } from "#stores";
import {
  artifact,
  contentOf,
  evidenceTag,
  image,
  multiArch,
  sbomFor,
  signatureFor,
  type Built,
} from "../../test/support/images.ts";

/** An artifact to publish: what it is, its tags at the source, and evidence as referrers and under tags. */
export interface Published {
  readonly built: Built;
  readonly tags: readonly string[];
  readonly referrers: readonly Built[];
  readonly tagged: readonly { readonly tag: string; readonly built: Built }[];
}

/** A multi-arch image with an SBOM about the index and a cosign-style `.sig` tag on one child. */
export function webImage(version: string, key: string): Published {
  const built = multiArch(["amd64", "arm64"], {
    seed: `web ${version}`,
    layers: 2,
    layerBytes: 600,
    annotations: { "org.opencontainers.image.version": version },
  });
  const child = built.children[0] ?? built;
  const tagged = { tag: evidenceTag(child.digest), built: signed(child, key) };
  return { built, tags: [version], referrers: [sbomFor(built)], tagged: [tagged] };
}

/** A plain image with a signature of its own and an SBOM. */
export function apiImage(version: string, key: string): Published {
  const built = image({
    seed: `api ${version}`,
    layers: 2,
    layerBytes: 600,
    annotations: { "org.opencontainers.image.version": version },
  });
  const tagged = { tag: evidenceTag(built.digest), built: signed(built, key) };
  return { built, tags: [version], referrers: [sbomFor(built)], tagged: [tagged] };
}

/** A plain image without any evidence. */
export function unsignedImage(name: string): Built {
  return image({ seed: name, layers: 2, layerBytes: 600 });
}

/** A bill of materials of an image, with one package, as a referrer. */
export function billOf(subject: Built): Built {
  const document = {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "web",
    packages: [
      { SPDXID: "SPDXRef-zlib", name: "zlib", versionInfo: "1.3.1", licenseDeclared: "Zlib" },
    ],
  };
  const type = "application/spdx+json";
  const files = { "web.spdx.json": JSON.stringify(document) };
  return artifact({ subject, artifactType: type, fileType: type, files });
}

/** The legacy signature of an image, and the tag that it lies under. */
export function signatureOf(subject: Built, key: string): Published["tagged"][number] {
  return { tag: evidenceTag(subject.digest), built: signed(subject, key) };
}

/** cosign's legacy signature, really signed: the payload first, then the manifest that carries its signature. */
function signed(subject: Built, key: string): Built {
  const payload = signatureFor(subject).blobs[1]?.bytes ?? Buffer.alloc(0);
  return signatureFor(subject, sign("sha256", payload, createPrivateKey(key)).toString("base64"));
}

/** Writes an artifact with all its evidence into a repository, blobs first and tags last. */
export async function publish(
  stores: Stores,
  repository: Repository,
  artifact: Published,
  signal: AbortSignal,
): Promise<void> {
  await put(stores, repository, { built: artifact.built, tags: artifact.tags }, signal);
  for (const built of artifact.referrers)
    await put(stores, repository, { built, tags: [] }, signal);
  for (const { tag, built } of artifact.tagged)
    await put(stores, repository, { built, tags: [tag] }, signal);
}

async function put(
  stores: Stores,
  repository: Repository,
  { built, tags }: { readonly built: Built; readonly tags: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const target = stores.write(repository);
  const { manifests, blobs } = contentOf(built);
  for (const blob of blobs) {
    await target.putBlob(
      descriptorOf(blob),
      { near: [], look: false, open: async () => only(blob.bytes) },
      signal,
    );
  }
  for (const item of manifests) {
    const writes: readonly TagWrite[] =
      item === built ? tags.map((tag) => ({ tag, expect: undefined })) : [];
    const outcomes = await target.putManifest(manifestOf(item), writes, signal);
    const bad = outcomes.find((outcome) => outcome.kind !== "written");
    if (bad) throw new Error(`the tag ${bad.tag} of ${repository} was not written: ${bad.kind}`);
  }
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function descriptorOf(blob: Pick<Built, "digest" | "bytes" | "mediaType">): Descriptor {
  const { digest, mediaType, bytes } = manifestOf(blob);
  return { digest, mediaType, size: bytes.byteLength };
}

function manifestOf({
  digest,
  bytes,
  mediaType,
}: Pick<Built, "digest" | "bytes" | "mediaType">): Manifest {
  const parsed = parseDigest(digest);
  if (parsed === undefined) throw new Error(`not a digest: ${digest}`);
  return { digest: parsed, bytes, mediaType };
}
