import type { Edit, PromotionDocument, SourceFile } from "#desired";
import { parseArtifactRef, type ArtifactRef, type Diagnostic } from "#model";
import { load, type Loaded } from "./load.ts";
import { replaceFile } from "./replace-file.ts";
import { RequestError } from "./request-error.ts";

/** What an edit by command came to. */
export type EditAnswer =
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "unchanged"; readonly file: string; readonly sentence: string }
  | { readonly kind: "written"; readonly file: string; readonly sentence: string };

/** Reads an ARTIFACT that a person typed; one that is wrong, or lacks its version, is a RequestError. */
export function artifactNamed(text: string, needsVersion: boolean): ArtifactRef {
  const ref = parseArtifactRef(text);
  if (typeof ref === "string") throw new RequestError(`${text}: ${ref}.`);
  if (needsVersion && ref.selector === undefined)
    throw new RequestError(`${text} names no version.`, "write PROJECT/NAME@VERSION");
  return ref;
}

/** The path of an artifact's promotion file (contract §1). */
export function promotionPath({ project, name }: ArtifactRef): string {
  return `promotions/${project}/${name}.yaml`;
}

/** The promotion file of an artifact; where there is none, a RequestError. */
export function documentOf(loaded: Loaded, ref: ArtifactRef): PromotionDocument {
  const path = promotionPath(ref);
  const document = loaded.documents.find((candidate) => candidate.file === path);
  if (document) return document;
  throw new RequestError(
    `There is no ${path}.`,
    `waybill register ${ref.project}/${ref.name}@VERSION --digest DIGEST writes it`,
  );
}

/** One edit of one file. */
export interface Change {
  readonly path: string;
  /** The text that the edit was made from; undefined: there was no file. */
  readonly before: string | undefined;
  readonly edit: Edit;
  /** What was done, for the person. */
  readonly sentence: string;
}

/**
 * Writes what an edit gives, unless the rules refuse the result: an edit by command leaves no file that `validate`
 * refuses, and no mistake anywhere that was not there before. The file is replaced in one step.
 */
export async function writeEdit(
  root: string,
  { path, before, edit, sentence }: Change,
  loaded: Loaded,
  signal: AbortSignal,
): Promise<EditAnswer> {
  if (edit.kind === "refused") return { kind: "refused", diagnostics: [edit.diagnostic] };
  if (edit.kind === "same")
    return { kind: "unchanged", file: path, sentence: "It says so already; nothing was changed." };
  const overlay: SourceFile = { path, text: edit.text };
  const { diagnostics } = await load({ root, overlay }, signal);
  const known = new Set(loaded.diagnostics.map(nameOf));
  const errors = diagnostics.filter(
    (diagnostic) =>
      diagnostic.severity === "error" &&
      (diagnostic.file === path || !known.has(nameOf(diagnostic))),
  );
  if (errors.length > 0) return { kind: "refused", diagnostics: errors };
  await replaceFile(root, { path, before, text: edit.text });
  return { kind: "written", file: path, sentence };
}

function nameOf({ file, line, column, code }: Diagnostic): string {
  return `${file}:${line}:${column} ${code}`;
}
