import type { Position } from "#model";
import type { SourceFile } from "../yaml/read.ts";
import type { DigestEntry, ImageEntry, ImagesFile, Word } from "./images-file.ts";
import { scanLines, type Line } from "./scan-lines.ts";

/**
 * Reads an `images.yaml` of the form in which kpromo writes it (dmap keys and tags quoted or not, tags in
 * brackets or one a line), comments anywhere; undefined where the file has anything else, a mistake most of
 * all: `readYaml` then reads it and says what. Ten thousand digests cost tens of milliseconds and no tree.
 */
export function scanImages({ path, text }: SourceFile): ImagesFile | undefined {
  const starts = [0];
  const scan: Scan = { column: undefined, images: [], image: undefined };
  for (const line of scanLines(text, starts)) {
    if (line === undefined || !addLine(scan, line)) return undefined;
  }
  if (!finishImage(scan)) return undefined;
  return { images: scan.images, positionAt: (offset) => positionIn(path, starts, offset) };
}

function positionIn(file: string, starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

interface Scan {
  /** Of the list's dashes. */
  column: number | undefined;
  readonly images: ImageEntry[];
  image: OpenImage | undefined;
}

interface OpenImage {
  /** Of `name` and `dmap`. */
  readonly column: number;
  name: Word | undefined;
  dmap: OpenDmap | undefined;
  /** The last key was `dmap`, so that deeper lines are its own. */
  inDmap: boolean;
}

interface OpenDmap {
  column: number | undefined;
  readonly entries: DigestEntry[];
  readonly seen: Set<string>;
  /** The list of the last digest, while it may still grow by lines of its own. */
  tags: Word[] | undefined;
  tagColumn: number | undefined;
}

const TAGS_IN_BRACKETS = /^w:\[(?:w(?:,w)*,?)?\]$/;

function addLine(scan: Scan, line: Line): boolean {
  if (line.shape.startsWith("-w:")) return startImage(scan, line);
  const { image } = scan;
  if (image === undefined) return false;
  if (line.shape !== "-w" && line.column === image.column) return addKey(image, line, line.shape);
  if (!image.inDmap || image.dmap === undefined || line.column <= image.column) return false;
  return line.shape === "-w" ? addTag(image.dmap, line) : addDigest(image.dmap, line);
}

function startImage(scan: Scan, line: Line): boolean {
  if (scan.column !== undefined && scan.column !== line.column) return false;
  if (!finishImage(scan)) return false;
  const image = { column: line.wordColumn, name: undefined, dmap: undefined, inDmap: false };
  Object.assign(scan, { column: line.column, image });
  return addKey(image, line, line.shape.slice(1));
}

function finishImage(scan: Scan): boolean {
  const { image } = scan;
  if (image === undefined) return true;
  if (image.name === undefined) return false;
  scan.images.push({ name: image.name, entries: image.dmap?.entries ?? [] });
  return true;
}

function addKey(image: OpenImage, line: Line, shape: string): boolean {
  const [key, value] = line.words;
  if (key?.text === "name" && shape === "w:w" && image.name === undefined) {
    image.name = value;
    image.inDmap = false;
    return true;
  }
  if (key?.text !== "dmap" || shape !== "w:" || image.dmap !== undefined) return false;
  image.dmap = {
    column: undefined,
    entries: [],
    seen: new Set(),
    tags: undefined,
    tagColumn: undefined,
  };
  image.inDmap = true;
  return true;
}

function addDigest(dmap: OpenDmap, line: Line): boolean {
  const [digest, ...tags] = line.words;
  dmap.column ??= line.column;
  if (digest === undefined || line.column !== dmap.column || dmap.seen.has(digest.text))
    return false;
  const isOpen = line.shape === "w:";
  if (!isOpen && !TAGS_IN_BRACKETS.test(line.shape)) return false;
  dmap.seen.add(digest.text);
  dmap.entries.push({ digest, tags });
  dmap.tags = isOpen ? tags : undefined;
  dmap.tagColumn = undefined;
  // A plain key without a colon could be a number.
  return digest.text.includes(":");
}

function addTag(dmap: OpenDmap, line: Line): boolean {
  const [tag] = line.words;
  if (tag === undefined || dmap.tags === undefined || line.column < (dmap.column ?? 0))
    return false;
  dmap.tagColumn ??= line.column;
  dmap.tags.push(tag);
  return dmap.tagColumn === line.column;
}
