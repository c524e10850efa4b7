import { errorAt } from "../diagnostics.ts";
import type { DesiredArtifact, Diagnostic, Want } from "#model";

/**
 * kpromo refuses to move a tag, and so does git here: a tag that an image had at the base names the same digest now
 * (contract §2, `digest-changed`). A tag that is gone is no mistake: nothing is withdrawn for it.
 */
export function checkTagMoves(
  base: readonly DesiredArtifact[],
  now: readonly DesiredArtifact[],
): readonly Diagnostic[] {
  const before = new Map(base.filter(isKpromo).map((artifact) => [artifact.id, artifact]));
  return now.filter(isKpromo).flatMap((artifact) => {
    const old = before.get(artifact.id);
    return old === undefined ? [] : movesOf(wantsOf(old), wantsOf(artifact));
  });
}

function isKpromo({ origin }: DesiredArtifact): boolean {
  return origin === "kpromo";
}

function wantsOf(artifact: DesiredArtifact): readonly Want[] {
  return artifact.places[0]?.wants ?? [];
}

function movesOf(old: readonly Want[], now: readonly Want[]): readonly Diagnostic[] {
  const digests = new Map(old.flatMap(({ line, tags }) => tags.map((tag) => [tag, line.digest])));
  return now.flatMap(({ line, tags }) =>
    tags.flatMap((tag): readonly Diagnostic[] => {
      const digest = digests.get(tag);
      if (digest === undefined || digest === line.digest) return [];
      return [
        errorAt(line.at, "tag-moved", {
          message: `The tag "${tag}" named ${digest} at the base and names ${line.digest} here.`,
          hint: "leave the tag where it was, and give the new digest a tag of its own",
        }),
      ];
    }),
  );
}
