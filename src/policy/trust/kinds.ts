import { isIndexType, type ImageFacts, type Kind } from "#model";

const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
const ONLY_IMAGES: ReadonlySet<Kind> = new Set<Kind>([
  "container-image",
  "tool-image",
  "bootc-image",
  "talos-installer",
]);
const ONLY_FILES: ReadonlySet<Kind> = new Set<Kind>([
  "iso",
  "machine-config",
  "rootfs",
  "wim",
  "binary",
  "file",
]);

/** What a manifest proves to be: a chart, something that runs, a set of files, or an index of the latter two. */
export function provedAs(image: ImageFacts): "chart" | "image" | "files" | "index" {
  if (image.configMediaType === HELM_CONFIG) return "chart";
  if (image.artifactType !== undefined && !IMAGE_CONFIGS.has(image.configMediaType ?? ""))
    return "files";
  if (isIndexType(image.mediaType)) return "index";
  return IMAGE_CONFIGS.has(image.configMediaType ?? "") ? "image" : "files";
}

/** Tells whether a manifest can be of a kind (issue 5 §2: `kind` is proved from the manifest). */
export function canBe(image: ImageFacts, kind: Kind): boolean {
  switch (provedAs(image)) {
    case "chart":
      return kind === "helm-chart";
    case "image":
      return kind !== "helm-chart" && !ONLY_FILES.has(kind);
    case "files":
      return kind !== "helm-chart" && !ONLY_IMAGES.has(kind);
    case "index":
      return kind !== "helm-chart";
  }
}
