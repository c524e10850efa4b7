import type { Diagnostic } from "#model";
import { MAX_KPROMO_BYTES, readYaml, type SourceFile } from "../yaml/read.ts";
import { valueOf, type YamlEntry, type YamlNode } from "../yaml/tree.ts";
import { findingsIn, type Findings } from "./findings.ts";
import type { DigestEntry, ImageEntry, ImagesFile, Word } from "./images-file.ts";
import { scanImages } from "./scan-images.ts";
import { reportShape, reportUnknownKeys, wordOf } from "./shape.ts";

/** An `images.yaml`, undefined where its YAML could not be read, and what is wrong with its form. */
export interface ImagesReading {
  readonly file: ImagesFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads `images/<folder>/images.yaml`: a list of `name` and `dmap`; a file of nothing lists no images, as
 * kpromo has it.
 */
export function readImages(source: SourceFile): ImagesReading {
  const scanned = source.text.length > MAX_KPROMO_BYTES ? undefined : scanImages(source);
  return scanned === undefined ? parseImages(source) : { file: scanned, diagnostics: [] };
}

/** The same through the whole YAML reader: for any form, and to say what is wrong. */
export function parseImages(source: SourceFile): ImagesReading {
  const { tree, diagnostics } = readYaml(source, MAX_KPROMO_BYTES);
  const { positionAt, root } = tree;
  if (diagnostics.some(({ code }) => code !== "duplicate-key"))
    return { file: undefined, diagnostics };
  if (root === undefined) return { file: { images: [], positionAt }, diagnostics };
  const findings = findingsIn(positionAt);
  const images = imagesOf(root, findings);
  return { file: { images, positionAt }, diagnostics: [...diagnostics, ...findings.diagnostics] };
}

function imagesOf(root: YamlNode, findings: Findings): readonly ImageEntry[] {
  if (root.kind === "list") return root.items.flatMap((item) => imageOf(item, findings));
  if (root.kind === "scalar" && root.value === null) return [];
  reportShape(findings, root, "a list of images: - name: …, dmap: …");
  return [];
}

function imageOf(node: YamlNode, findings: Findings): readonly ImageEntry[] {
  if (node.kind !== "map") {
    reportShape(findings, node, "an image: name and dmap");
    return [];
  }
  reportUnknownKeys(findings, node, ["name", "dmap"]);
  const name = valueOf(node, "name");
  if (name === undefined) {
    findings.report({
      code: "missing-key",
      offset: node.start,
      message: 'The image has no "name".',
      expected: "name: the path of the image under its registries",
      hint: "add its name",
    });
  }
  const word = name && wordOf(findings, name, "the image's name");
  const entries = entriesOfDmap(valueOf(node, "dmap"), findings);
  return word === undefined ? [] : [{ name: word, entries }];
}

function entriesOfDmap(dmap: YamlNode | undefined, findings: Findings): readonly DigestEntry[] {
  if (dmap === undefined || (dmap.kind === "scalar" && dmap.value === null)) return [];
  if (dmap.kind === "map") return dmap.entries.map((entry) => digestEntryOf(entry, findings));
  reportShape(findings, dmap, 'a map of digests to tags: "sha256:…": ["v1.0.0"]');
  return [];
}

function digestEntryOf({ key, keyStart, value }: YamlEntry, findings: Findings): DigestEntry {
  return { digest: { text: key, offset: keyStart }, tags: tagsOf(value, findings) };
}

function tagsOf(value: YamlNode, findings: Findings): readonly Word[] {
  if (value.kind === "list") {
    return value.items.flatMap((item) => wordOf(findings, item, "a tag") ?? []);
  }
  if (value.kind !== "scalar" || value.value !== null) {
    reportShape(findings, value, "a list of tags, [] to promote by digest only");
  }
  return [];
}
