import {
  isDigest,
  isRepositoryPath,
  isTag,
  type ChannelUse,
  type Position,
  type VersionLine,
  type Want,
} from "#model";
import { shown } from "../diagnostics.ts";
import type { Findings } from "./findings.ts";
import type { DigestEntry, ImageEntry, ImagesFile, Word } from "./images-file.ts";

/** The channel that every kpromo manifest means (contract §2, end). */
export const KPROMO_CHANNEL = "kpromo";

/** One image whose name is good, with what is good of its dmap. */
export interface Image {
  readonly name: string;
  readonly at: Position;
  readonly wants: readonly Want[];
}

/**
 * Checks the words of an images file (names, digests, tags, what stands twice) and makes the lines of each
 * image.
 */
export function checkImages(file: ImagesFile, findings: Findings): readonly Image[] {
  const names = new Map<string, Word>();
  return file.images.flatMap((entry) => {
    const { name } = entry;
    const first = names.get(name.text);
    if (first !== undefined) reportSameName(findings, name, file.positionAt(first.offset));
    if (!isRepositoryPath(name.text)) reportName(findings, name);
    names.set(name.text, first ?? name);
    const wants = wantsOf(entry, file.positionAt, findings);
    const isGood = first === undefined && isRepositoryPath(name.text);
    return isGood ? [{ name: name.text, at: file.positionAt(name.offset), wants }] : [];
  });
}

function wantsOf(
  { name, entries }: ImageEntry,
  positionAt: ImagesFile["positionAt"],
  findings: Findings,
): readonly Want[] {
  const channels = [implicitUse(positionAt(name.offset))];
  const owners = new Map<string, DigestEntry>();
  const wants: Want[] = [];
  for (const entry of entries) {
    const tags = tagsOf(entry, owners, findings);
    const { text: digest, offset } = entry.digest;
    if (!isDigest(digest)) reportDigest(findings, entry.digest);
    else wants.push({ line: lineOf(digest, tags, { channels, at: positionAt(offset) }), tags });
  }
  return wants;
}

function implicitUse(at: Position): ChannelUse {
  return { channel: KPROMO_CHANNEL, environment: undefined, sites: undefined, at };
}

function lineOf(
  digest: VersionLine["digest"],
  tags: readonly string[],
  place: Pick<VersionLine, "channels" | "at">,
): VersionLine {
  const version = tags[0] ?? digest;
  return { version, digest, state: undefined, reason: undefined, from: undefined, ...place };
}

const NO_TAGS: readonly string[] = [];

function tagsOf(
  entry: DigestEntry,
  owners: Map<string, DigestEntry>,
  findings: Findings,
): readonly string[] {
  if (entry.tags.length === 0) return NO_TAGS;
  const good = entry.tags.filter((tag) => {
    const owner = owners.get(tag.text);
    if (!isTag(tag.text)) reportTag(findings, tag);
    else if (owner === entry) reportSameTag(findings, tag);
    else if (owner !== undefined) reportClaim(findings, tag, owner);
    else owners.set(tag.text, entry);
    return isTag(tag.text) && owner === undefined;
  });
  return good.map((tag) => tag.text);
}

function reportSameName({ report }: Findings, { text, offset }: Word, first: Position): void {
  report({
    code: "duplicate-image",
    offset,
    message: `The image ${shown(text)} is listed twice; the first stands in line ${first.line}.`,
    hint: "move all its digests under one name",
  });
}

function reportName({ report }: Findings, { text, offset }: Word): void {
  report({
    code: "name-form",
    offset,
    message: `${shown(text)} is no repository path, so no image can have this name.`,
    expected: "lower-case path components, joined by /, at most 255 characters",
    hint: "write the image's path under its registries",
  });
}

function reportDigest({ report }: Findings, { text, offset }: Word): void {
  report({
    code: "digest-form",
    offset,
    message: `${shown(text)} is no digest in canonical form.`,
    expected: "sha256: and 64 lower-case hexadecimal digits, or sha512: and 128",
    hint: "write the digest of the image's manifest in full",
  });
}

function reportTag({ report }: Findings, { text, offset }: Word): void {
  report({
    code: "tag-form",
    offset,
    message: `${shown(text)} is no tag.`,
    expected: "a letter, digit or _, then at most 127 letters, digits, or any of . _ -",
    hint: "correct the tag",
  });
}

function reportSameTag({ report }: Findings, { text, offset }: Word): void {
  report({
    code: "duplicate-tag",
    offset,
    severity: "warning",
    message: `The tag "${text}" is listed twice for this digest.`,
    hint: "remove one of them",
  });
}

function reportClaim({ report }: Findings, { text, offset }: Word, owner: DigestEntry): void {
  report({
    code: "tag-clash",
    offset,
    message: `The tag "${text}" is claimed for ${owner.digest.text} already; a tag names one digest.`,
    hint: "keep it where it belongs: an immutable tag that was published does not move",
  });
}
