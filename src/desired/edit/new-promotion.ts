import type { Kind, SourceType } from "#model";
import { newLine } from "./new-line.ts";
import { scalarText } from "./scalar-text.ts";

/** An artifact that has no file yet, with its first version. */
export interface NewArtifact {
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  readonly source: ArtifactSource;
  readonly version: string;
  readonly digest: string;
}

/** Where an artifact comes from, as its file says it. */
export interface ArtifactSource {
  readonly type: SourceType;
  readonly repository: string;
}

/** The text of a new promotion file, in the form of contract §2. */
export function newPromotion({
  project,
  name,
  kind,
  source,
  version,
  digest,
}: NewArtifact): string {
  const up = "../".repeat(name.split("/").length + 1);
  const line = newLine(undefined, "", Object.entries({ version, digest }));
  return [
    `# yaml-language-server: $schema=${up}schemas/promotion.v1.json`,
    "apiVersion: waybill.dev/v1",
    "kind: Promotion",
    `project: ${scalarText(project)}`,
    `name: ${scalarText(name)}`,
    "artifact:",
    `  kind: ${kind}`,
    `  source: { type: ${source.type}, repository: ${scalarText(source.repository)} }`,
    "versions:",
    `  - ${line.flow}`,
    "",
  ].join("\n");
}
