import {
  fallbackTag,
  isIndexType,
  MEDIA_TYPES,
  type Descriptor,
  type Digest,
  type Manifest,
  type ManifestContents,
} from "#model";
import { parseManifest, referrerDescriptor } from "../manifest.ts";
import { StoreError } from "../store-error.ts";
import type { ManifestFiles } from "./manifests.ts";
import type { Place } from "./place.ts";
import type { View } from "./view.ts";

/** What hangs together in a layout: children of listed indexes, and who refers to whom. */
export interface Graph {
  /** The descriptor of a manifest that is listed, or a child (of a child …) of an index that is. */
  find(view: View, digest: Digest): Promise<Descriptor | undefined>;
  /** Manifests in the layout whose subject is the digest, and what a fallback index of it lists besides. */
  referrers(view: View, digest: Digest): Promise<readonly Descriptor[]>;
  /** To be called when the file of a manifest was written: one that was listed and not there is there now. */
  changed(): void;
}

/** What a manifest says, as far as others depend on it; bytes are not kept. */
interface Node {
  readonly children: readonly Descriptor[];
  readonly subject: Digest | undefined;
  /** How a list of referrers has it; only where there is a subject. */
  readonly referrer: Descriptor | undefined;
}

const LEAF: Node = { children: [], subject: undefined, referrer: undefined };
const READS_AT_ONCE = 16;

/** Types that may have a subject or children; Docker's image manifest has neither. */
const LINKING: ReadonlySet<string> = new Set([
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.ociArtifact,
  MEDIA_TYPES.dockerList,
]);
/** index.json may list anything; what is no manifest by its type is looked into only where that is cheap. */
const MAX_UNKNOWN_BYTES = 4 * 1024 * 1024;

/** Opens the graph of one layout. What a digest says never changes, so each manifest is read once. */
export function openGraph(place: Place, files: ManifestFiles): Graph {
  const nodes = new Map<Digest, Node>();
  const indexes = keptFor((view) => walk(view, (descriptor) => isIndexType(descriptor.mediaType)));
  const subjects = keptFor(async (view) => bySubject(await walk(view, mayLink)));

  async function nodeOf(descriptor: Descriptor): Promise<Node | undefined> {
    const known = nodes.get(descriptor.digest);
    if (known !== undefined) return known;
    const manifest = await files.read(descriptor);
    if (manifest === undefined) return undefined;
    const node = readNode(place, manifest);
    nodes.set(descriptor.digest, node);
    return node;
  }

  /** Everything reachable, read as far as `wanted` says; each digest once, so that no loop can hold it. */
  async function walk(view: View, wanted: (descriptor: Descriptor) => boolean): Promise<Walk> {
    const found = new Map<Digest, Descriptor>(view.listed);
    const read = new Map<Digest, Node>();
    for (let layer = [...found.values()]; layer.length > 0;) {
      const next: Descriptor[] = [];
      await eachAtOnce(layer.filter(wanted), async (descriptor) => {
        const node = await nodeOf(descriptor);
        if (node === undefined) return;
        read.set(descriptor.digest, node);
        for (const child of node.children) if (addTo(found, child)) next.push(child);
      });
      layer = next;
    }
    return { found, read };
  }

  return {
    async find(view, digest) {
      return view.listed.get(digest) ?? (await indexes.of(view)).found.get(digest);
    },
    async referrers(view, digest) {
      const proved = (await subjects.of(view)).get(digest) ?? [];
      const listed = await fallbackChildren(view, digest);
      const known = new Set(proved.map((descriptor) => descriptor.digest));
      const missing = [];
      // Listed and not there: told all the same, so that the copy fails aloud and no signature is lost in silence.
      for (const child of listed)
        if (!known.has(child.digest) && !(await files.holds(child))) missing.push(child);
      return [...proved, ...missing].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    },
    changed() {
      indexes.forget();
      subjects.forget();
    },
  };

  async function fallbackChildren(view: View, digest: Digest): Promise<readonly Descriptor[]> {
    const index = view.tags.get(fallbackTag(digest));
    if (index === undefined || index === "ambiguous" || index.digest === digest) return [];
    return isIndexType(index.mediaType) ? ((await nodeOf(index))?.children ?? []) : [];
  }
}

interface Walk {
  readonly found: ReadonlyMap<Digest, Descriptor>;
  readonly read: ReadonlyMap<Digest, Node>;
}

function addTo(found: Map<Digest, Descriptor>, child: Descriptor): boolean {
  if (found.has(child.digest)) return false;
  found.set(child.digest, child);
  return true;
}

function readNode(place: Place, manifest: Manifest): Node {
  const contents = readContents(place, manifest);
  if (contents === undefined) return LEAF;
  const { manifests, subject } = contents;
  if (subject === undefined) return { ...LEAF, children: manifests };
  const referrer = referrerDescriptor(manifest, contents);
  return { children: manifests, subject: subject.digest, referrer };
}

/** What we cannot read refers to nothing that we could tell; whoever asks for it by digest gets the reason. */
function readContents(place: Place, manifest: Manifest): ManifestContents | undefined {
  try {
    return parseManifest(manifest, place.repository);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function bySubject({ read }: Walk): ReadonlyMap<Digest, readonly Descriptor[]> {
  const subjects = new Map<Digest, Descriptor[]>();
  for (const { subject, referrer } of read.values()) {
    if (subject === undefined || referrer === undefined) continue;
    const others = subjects.get(subject);
    if (others === undefined) subjects.set(subject, [referrer]);
    else others.push(referrer);
  }
  return subjects;
}

interface Kept<T> {
  of(view: View): Promise<T>;
  forget(): void;
}

/** Keeps the answer for the newest view, and shares one that is being made; a failure is not kept. */
function keptFor<T>(make: (view: View) => Promise<T>): Kept<T> {
  let kept: { readonly view: View; readonly made: Promise<T> } | undefined;
  return {
    async of(view) {
      if (kept?.view !== view) kept = { view, made: make(view) };
      const mine = kept;
      try {
        return await mine.made;
      } catch (error) {
        if (kept === mine) kept = undefined;
        throw error;
      }
    },
    forget() {
      kept = undefined;
    },
  };
}

function mayLink({ mediaType, size }: Descriptor): boolean {
  if (LINKING.has(mediaType)) return true;
  return mediaType !== MEDIA_TYPES.dockerManifest && size <= MAX_UNKNOWN_BYTES;
}

async function eachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  async function worker(): Promise<void> {
    for (const item of queue) await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, items.length) }, worker));
}
