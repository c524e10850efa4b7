import type { DesiredArtifact, Diagnostic, Digest } from "#model";
import { errorAt } from "../diagnostics.ts";
import type { SourceFile } from "../yaml/read.ts";
import { checkImages } from "./check-images.ts";
import { findingsIn } from "./findings.ts";
import { parseKpromoPath } from "./kpromo-paths.ts";
import { readImages } from "./read-images.ts";

/**
 * kpromo refuses to move a tag, and so does git here: a tag that an image had at the base names the same
 * digest now (contract §2, `digest-changed`). A tag that is gone is no mistake: nothing is withdrawn for
 * it. `base` holds the `images.yaml` files of the base that differ from those of now, read leniently; other
 * files in it are passed by.
 */
export function checkTagMoves(
  base: Iterable<SourceFile>,
  now: readonly DesiredArtifact[],
): readonly Diagnostic[] {
  const before = new Map([...base].flatMap(tagsOfFile));
  return now.flatMap((artifact) => {
    const tags = artifact.origin === "kpromo" ? before.get(artifact.id) : undefined;
    return tags === undefined ? [] : movesOf(artifact, tags);
  });
}

type Tags = ReadonlyMap<string, Digest>;

function tagsOfFile(file: SourceFile): readonly (readonly [id: string, tags: Tags])[] {
  const path = parseKpromoPath(file.path);
  const images = path?.role === "images" ? readImages(file).file : undefined;
  if (path === undefined || images === undefined) return [];
  return checkImages(images, findingsIn(images.positionAt)).map(({ name, wants }) => {
    const tags = wants.flatMap((want) => want.tags.map((tag) => [tag, want.line.digest] as const));
    return [`${path.folder}/${name}`, new Map(tags)];
  });
}

function movesOf({ places }: DesiredArtifact, before: Tags): readonly Diagnostic[] {
  const wants = places[0]?.wants ?? [];
  return wants.flatMap(({ line, tags }) =>
    tags.flatMap((tag) => {
      const digest = before.get(tag);
      if (digest === undefined || digest === line.digest) return [];
      return errorAt(line.at, "tag-moved", {
        message: `The tag "${tag}" named ${digest} at the base and names ${line.digest} here.`,
        hint: "leave the tag where it was, and give the new digest a tag of its own",
      });
    }),
  );
}
