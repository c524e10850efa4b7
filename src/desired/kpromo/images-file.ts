import type { Position } from "#model";

/** A piece of text with its place in the file, as an offset (UTF-16 code units). */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/** One `digest: [tags]` of a dmap. */
export interface DigestEntry {
  readonly digest: Word;
  readonly tags: readonly Word[];
}

/** One `- name: … dmap: …`. */
export interface ImageEntry {
  readonly name: Word;
  readonly entries: readonly DigestEntry[];
}

/** What an `images.yaml` says, before anyone looked at whether the words are digests and tags. */
export interface ImagesFile {
  readonly images: readonly ImageEntry[];
  readonly positionAt: (offset: number) => Position;
}
