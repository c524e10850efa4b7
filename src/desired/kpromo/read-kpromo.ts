import {
  compareText,
  isRepositoryPath,
  type DesiredArtifact,
  type Diagnostic,
  type Position,
} from "#model";
import { shown } from "../diagnostics.ts";
import type { SourceFile } from "../yaml/read.ts";
import { buildArtifacts } from "./build-artifacts.ts";
import { checkImages, type Image } from "./check-images.ts";
import { findingsIn } from "./findings.ts";
import { parseKpromoPath, partnerOf } from "./kpromo-paths.ts";
import { readImages } from "./read-images.ts";
import { readManifest, type Manifest } from "./read-manifest.ts";

/** What kpromo's manifests of a promotions repository mean, sorted by id, and every mistake in them. */
export interface KpromoReading {
  readonly artifacts: readonly DesiredArtifact[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads kpromo's thin manifests as they stand (contract §2, end; issue 4 §2); files of any other path are
 * left to others. A folder with a mistake gives what is good of it, so that rules across files can still
 * say what they see.
 */
export function readKpromo(files: Iterable<SourceFile>): KpromoReading {
  const diagnostics: Diagnostic[] = [];
  const artifacts: DesiredArtifact[] = [];
  for (const halves of pairUp(files)) {
    const manifest = halves.manifest && manifestOf(halves.manifest, diagnostics);
    const images = halves.images && imagesOf(halves.images, diagnostics);
    diagnostics.push(...folderMistakes(halves));
    if (manifest !== undefined && images !== undefined) {
      const findings = findingsIn(manifest.positionAt);
      artifacts.push(...buildArtifacts({ folder: halves.folder, manifest, images }, findings));
      diagnostics.push(...findings.diagnostics);
    }
  }
  return { artifacts: artifacts.toSorted((a, b) => compareText(a.id, b.id)), diagnostics };
}

interface Halves {
  readonly folder: string;
  manifest?: SourceFile;
  images?: SourceFile;
}

function pairUp(files: Iterable<SourceFile>): readonly Halves[] {
  const folders = new Map<string, Halves>();
  for (const file of files) {
    const path = parseKpromoPath(file.path);
    if (path === undefined) continue;
    const halves: Halves = folders.get(path.folder) ?? { folder: path.folder };
    halves[path.role] = file;
    folders.set(path.folder, halves);
  }
  return [...folders.values()].toSorted((a, b) => compareText(a.folder, b.folder));
}

/** What a link brings in from outside the tree is told of elsewhere, and is nobody's word here. */
function manifestOf(file: SourceFile, diagnostics: Diagnostic[]): Manifest | undefined {
  if (file.symlink === "outside") return undefined;
  const reading = readManifest(file);
  diagnostics.push(...reading.diagnostics);
  return reading.manifest;
}

function imagesOf(file: SourceFile, diagnostics: Diagnostic[]): readonly Image[] | undefined {
  if (file.symlink === "outside") return undefined;
  const reading = readImages(file);
  diagnostics.push(...reading.diagnostics);
  if (reading.file === undefined) return undefined;
  const findings = findingsIn(reading.file.positionAt);
  const images = checkImages(reading.file, findings);
  diagnostics.push(...findings.diagnostics);
  return images;
}

function folderMistakes({ folder, manifest, images }: Halves): readonly Diagnostic[] {
  const at = { file: (manifest ?? images)?.path ?? folder, line: 1, column: 1 };
  const mistakes: Diagnostic[] = [];
  if (images === undefined) mistakes.push(noImages(at, folder));
  if (manifest === undefined) mistakes.push(noManifest(at, folder));
  if (!isRepositoryPath(folder)) mistakes.push(noProject(at, folder));
  return mistakes;
}

/** kpromo refuses a manifest without images … */
function noImages(at: Position, folder: string): Diagnostic {
  const partner = partnerOf({ role: "manifest", folder });
  return {
    ...at,
    code: "images-file-missing",
    severity: "error",
    message: `This manifest has no images: there is no ${partner}.`,
    hint: `add ${partner}, which may be empty, or remove the manifest`,
  };
}

/** … and passes by images without a manifest. */
function noManifest(at: Position, folder: string): Diagnostic {
  const partner = partnerOf({ role: "images", folder });
  return {
    ...at,
    code: "manifest-file-missing",
    severity: "warning",
    message: `Nothing says where these images go, so none is promoted: there is no ${partner}.`,
    hint: `add ${partner}, or remove the images`,
  };
}

function noProject(at: Position, folder: string): Diagnostic {
  const where = folder === "" ? "no folder of its own" : shown(folder);
  return {
    ...at,
    code: "project-form",
    severity: "error",
    message: `The file lies in ${where}; a project's folder has a repository path as its name.`,
    expected: "a folder of lower-case path components",
    hint: "move it, with its other half, into a folder that is named after the project",
  };
}
