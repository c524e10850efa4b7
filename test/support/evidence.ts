import {
  MEDIA,
  blob,
  descriptorOf,
  manifestBlob,
  type Built,
  type BuiltBlob,
  type Common,
} from "./built.ts";

/** What an artifact is to be. */
export interface ArtifactOptions extends Common {
  /** Contents by title (`org.opencontainers.image.title`), in order; none means no files. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly fileType?: string;
}

/** An artifact manifest with an empty config (image spec, "Guidelines for Artifact Usage"). */
export function artifact(options: ArtifactOptions = {}): Built {
  const { files = {}, fileType = "application/octet-stream", algorithm } = options;
  const artifactType = options.artifactType ?? "application/vnd.example.artifact.v1";
  const config = blob("{}", MEDIA.empty, algorithm);
  const named = Object.entries(files).map(([title, bytes]) => ({
    title,
    file: blob(bytes, fileType, algorithm),
  }));
  const layers = named.map(({ title, file }) => ({
    ...descriptorOf(file),
    annotations: { "org.opencontainers.image.title": title },
  }));
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: layers.length > 0 ? layers : [descriptorOf(config)],
  };
  const common = { ...options, artifactType };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common }),
    blobs: [config, ...named.map(({ file }) => file)],
    children: [],
    platform: undefined,
    artifactType,
  };
}

/** An SPDX document about a subject, as a referrer. */
export function sbomFor(subject: BuiltBlob, name = "sbom"): Built {
  const document = JSON.stringify({ spdxVersion: "SPDX-2.3", name, about: subject.digest });
  return artifact({
    subject,
    artifactType: MEDIA.spdx,
    fileType: MEDIA.spdx,
    files: { [`${name}.spdx.json`]: document },
    annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
  });
}

/** The tag cosign's older form keeps evidence under: `sha256-<hex>.sig`, `.att` or `.sbom`. */
export function evidenceTag(digest: string, suffix: "att" | "sbom" | "sig" = "sig"): string {
  return `${digest.replace(":", "-")}.${suffix}`;
}

/** A manifest of the shape cosign 2 pushes under `evidenceTag`, with a signature nobody made. */
export function signatureFor(subject: BuiltBlob, signature = "c2lnbmF0dXJl"): Built {
  const payload = blob(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "" },
        image: { "docker-manifest-digest": subject.digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
    MEDIA.cosignLayer,
  );
  const rootfs = { type: "layers", diff_ids: [payload.digest] };
  const config = blob(
    JSON.stringify({ architecture: "", config: {}, os: "", rootfs }),
    MEDIA.config,
  );
  const annotations = { "dev.cosignproject.cosign/signature": signature };
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: [{ ...descriptorOf(payload), annotations }],
  };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common: {} }),
    blobs: [config, payload],
    children: [],
    platform: undefined,
    artifactType: undefined,
  };
}
