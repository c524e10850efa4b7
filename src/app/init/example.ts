import { createHash } from "node:crypto";

/** A file to write, text or bytes. */
export type ExampleFiles = ReadonlyMap<string, string>;

const LAYOUT = "example/registry/hello";
const VERSION = "v1.0.0";
const TEXT = "Hello from a promoted artifact.\n";

/**
 * A reference artifact as an OCI layout in the repository, and its promotion file: what a first promotion can be tried on
 * without a registry (002-79). One file as `oras push` makes it: an artifact manifest with one titled layer.
 */
export function exampleFiles(): ExampleFiles {
  const config = "{}";
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.waybill.example",
    config: descriptor("application/vnd.oci.empty.v1+json", config),
    layers: [
      {
        ...descriptor("text/plain", TEXT),
        annotations: { "org.opencontainers.image.title": "hello.txt" },
      },
    ],
    annotations: { "org.opencontainers.image.version": VERSION },
  });
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
        annotations: { "org.opencontainers.image.ref.name": VERSION },
      },
    ],
  };
  return new Map([
    [`${LAYOUT}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}'],
    [`${LAYOUT}/index.json`, JSON.stringify(index)],
    ...[config, TEXT, manifest].map(
      (text) => [`${LAYOUT}/blobs/sha256/${hash(text)}`, text] as const,
    ),
    ["promotions/example/hello.yaml", promotion(hash(manifest))],
  ]);
}

function descriptor(mediaType: string, text: string): Readonly<Record<string, string | number>> {
  return { mediaType, digest: `sha256:${hash(text)}`, size: Buffer.byteLength(text) };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function promotion(hex: string): string {
  return [
    "# yaml-language-server: $schema=../../schemas/promotion.v1.json",
    "# An example: promote it with `waybill promote example/hello@v1.0.0 --to test`, and remove it when you have your own.",
    "apiVersion: waybill.dev/v1",
    "kind: Promotion",
    "project: example",
    "name: hello",
    "artifact:",
    "  kind: file",
    `  source: { type: oci, repository: "oci-layout:./${LAYOUT}" }`,
    "versions:",
    `  - { version: ${VERSION}, digest: "sha256:${hex}", channels: [dev] }`,
    "",
  ].join("\n");
}
