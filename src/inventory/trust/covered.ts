import { isIndexType, type Coverage, type Descriptor, type Manifest } from "#model";
import { parseManifest } from "#stores";

/** The manifests that statements about a manifest are attached to: itself, its platforms, or both (issue 5 §5, R5). */
export function coveredBy(manifest: Manifest, coverage: Coverage): readonly Descriptor[] {
  const { digest, mediaType, bytes } = manifest;
  const own: Descriptor = { digest, mediaType, size: bytes.length };
  if (coverage === "index") return [own];
  const { kind, manifests } = parseManifest(manifest);
  if (kind !== "index") return [own];
  const platforms = manifests.filter(
    ({ platform, mediaType: type }) => platform?.os !== "unknown" && !isIndexType(type),
  );
  return coverage === "all" ? [own, ...platforms] : platforms;
}
