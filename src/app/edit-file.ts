import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Edit, PromotionDocument, SourceFile } from "#desired";
import { parseArtifactRef, type ArtifactRef, type Diagnostic } from "#model";
import { load, type Loaded } from "./load.ts";
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

/**
 * Writes what an edit gives, unless the rules refuse the result: an edit by command never leaves a file that `validate`
 * refuses. The file is replaced in one step.
 */
export async function writeEdit(
  root: string,
  {
    path,
    edit,
    sentence,
  }: { readonly path: string; readonly edit: Edit; readonly sentence: string },
  signal: AbortSignal,
): Promise<EditAnswer> {
  if (edit.kind === "refused") return { kind: "refused", diagnostics: [edit.diagnostic] };
  if (edit.kind === "same")
    return { kind: "unchanged", file: path, sentence: "It says so already; nothing was changed." };
  const overlay: SourceFile = { path, text: edit.text };
  const { diagnostics } = await load({ root, overlay }, signal);
  const errors = diagnostics.filter(
    (diagnostic) => diagnostic.severity === "error" && diagnostic.file === path,
  );
  if (errors.length > 0) return { kind: "refused", diagnostics: errors };
  await replaceFile(join(root, path), edit.text);
  return { kind: "written", file: path, sentence };
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { flag: "wx" });
  await rename(temporary, path);
}

/** The text of a promotion file, or undefined where there is none yet. */
export async function readPromotion(root: string, path: string): Promise<SourceFile | undefined> {
  const text = await readFile(join(root, path), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : { path, text };
}
