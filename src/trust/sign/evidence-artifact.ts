import { createHash } from "node:crypto";
import {
  MEDIA_TYPES,
  OWN_ANNOTATIONS,
  type Descriptor,
  type Digest,
  type Json,
  type Manifest,
} from "#model";
import { BUNDLE_TYPE } from "./seal.ts";

/** A bundle as a repository holds it: a manifest about its subject, and the two blobs below it. */
export interface EvidenceArtifact {
  readonly manifest: Manifest;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
}

/** What a bundle is attached to, and what its manifest says of it. */
export interface Attachment {
  readonly subject: Descriptor;
  readonly bundle: Buffer;
  readonly predicateType: string;
  readonly channel: string;
  /** Where the digest was put: a copy leaves statements about other repositories behind. */
  readonly repository: string;
  readonly now: Date;
}

const EMPTY = Buffer.from("{}");

/** Makes the artifact that carries a bundle, as cosign 3 writes it (cosign, `doc/bundles`; image-spec, "Guidelines for Artifact Usage"). */
export function evidenceArtifact(attachment: Attachment): EvidenceArtifact {
  const { subject, bundle, predicateType, channel, repository, now } = attachment;
  const config = descriptorOf(MEDIA_TYPES.ociEmpty, EMPTY);
  const layer = descriptorOf(BUNDLE_TYPE, bundle);
  const { mediaType, digest, size } = subject;
  const document: Json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: BUNDLE_TYPE,
    config: { ...config },
    layers: [{ ...layer }],
    subject: { mediaType, digest, size },
    annotations: {
      "org.opencontainers.image.created": `${now.toISOString().slice(0, 19)}Z`,
      "dev.sigstore.bundle.content": "dsse-envelope",
      [OWN_ANNOTATIONS.predicateType]: predicateType,
      [OWN_ANNOTATIONS.channel]: channel,
      [OWN_ANNOTATIONS.repository]: repository,
    },
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    manifest: { digest: digestOf(bytes), mediaType: MEDIA_TYPES.ociManifest, bytes },
    blobs: [
      { descriptor: config, bytes: EMPTY },
      { descriptor: layer, bytes: bundle },
    ],
  };
}

interface Plain {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

function descriptorOf(mediaType: string, bytes: Buffer): Plain {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}
