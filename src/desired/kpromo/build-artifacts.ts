import {
  compareText,
  isRepositoryPath,
  placeUnder,
  type DesiredArtifact,
  type Place,
  type Want,
} from "#model";
import { shown } from "../diagnostics.ts";
import { KPROMO_CHANNEL, type Image } from "./check-images.ts";
import type { Findings } from "./findings.ts";
import type { Manifest, Registry } from "./read-manifest.ts";

const NO_PINS: DesiredArtifact["pins"] = new Map();
const NO_WANTS: readonly Want[] = [];

/** Which images go where: the two halves of one folder, checked. */
export interface Folder {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly images: readonly Image[];
}

/**
 * Gives each image a place at each destination. Its wants are one array for all of them, so that a
 * destination more costs one small object an image, not one a digest.
 */
export function buildArtifacts(
  { folder, manifest, images }: Folder,
  { report }: Findings,
): readonly DesiredArtifact[] {
  const destinations = manifest.destinations.toSorted((a, b) => compareText(a.text, b.text));
  const roots = [manifest.source, ...destinations];
  return images.flatMap((image) => {
    const tooLong = roots.find((registry) => !isRepositoryPath(pathOf(registry, image.name)));
    if (tooLong === undefined) return [artifactOf(folder, image, { ...manifest, destinations })];
    report({
      code: "name-form",
      offset: tooLong.offset,
      message: `The path of ${shown(image.name)} under ${shown(tooLong.text)} is longer than 255 characters.`,
      hint: "shorten the image's name or the registry's path",
    });
    return [];
  });
}

function pathOf({ root }: Registry, name: string): string {
  return root.kind === "registry" && root.path !== "" ? `${root.path}/${name}` : name;
}

function artifactOf(folder: string, image: Image, manifest: Manifest): DesiredArtifact {
  const { name, wants, at } = image;
  return {
    id: `${folder}/${name}`,
    project: folder,
    name,
    kind: "container-image",
    origin: "kpromo",
    sourceType: "oci",
    source: placeUnder(manifest.source.root, name),
    lines: wants.map((want) => want.line),
    pins: NO_PINS,
    places: wants.length === 0 ? [] : manifest.destinations.map((target) => placeOf(target, image)),
    at,
  };
}

function placeOf({ text, root }: Registry, { name, wants }: Image): Place {
  return {
    channel: KPROMO_CHANNEL,
    site: text,
    required: true,
    repository: placeUnder(root, name),
    wants,
    leaves: NO_WANTS,
  };
}
