/** Which half of a thin manifest a file is, and the folder that pairs it with the other half. */
export interface KpromoPath {
  readonly role: "manifest" | "images";
  readonly folder: string;
}

const PATH = /^(?:(manifests)\/(?:(.+)\/)?promoter-manifest|(images)\/(?:(.+)\/)?images)\.yaml$/;

/**
 * Reads a path (relative to the promotions root, with `/`) as one of kpromo's files; undefined for any
 * other (contract §2, end).
 */
export function parseKpromoPath(path: string): KpromoPath | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [, manifests, manifestFolder = "", , imagesFolder = ""] = match;
  return manifests === undefined
    ? { role: "images", folder: imagesFolder }
    : { role: "manifest", folder: manifestFolder };
}

/** The path of the other half. */
export function partnerOf({ role, folder }: KpromoPath): string {
  const parent = folder === "" ? "" : `${folder}/`;
  return role === "manifest"
    ? `images/${parent}images.yaml`
    : `manifests/${parent}promoter-manifest.yaml`;
}
