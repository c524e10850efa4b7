import type { Digest, Want } from "#model";
import type { TargetQuestion } from "./questions.ts";
import type { TargetNotes } from "./target-notes.ts";

/** What a place that holds exactly what it should looks like. */
interface View {
  readonly tags: Map<string, Digest>;
  readonly digests: Set<Digest>;
}

/**
 * Lets places that hold all that they should share one view of it: kpromo's manifests give an image dozens of
 * destinations with one list of wants, and each would else keep a copy of it (design §7, flat memory).
 */
export class SharedViews {
  readonly #views = new Map<readonly Want[], View>();

  /** Swaps the notes' own maps for the shared ones where they say the same. */
  share(notes: TargetNotes, question: TargetQuestion): void {
    const [part, ...others] = question.parts;
    if (
      part === undefined ||
      others.length > 0 ||
      part.leaves.length > 0 ||
      notes.fault !== undefined
    )
      return;
    const view = this.#viewOf(part.wants);
    if (!holds(notes, view)) return;
    notes.tags = view.tags;
    notes.digests = view.digests;
  }

  #viewOf(wants: readonly Want[]): View {
    const known = this.#views.get(wants);
    if (known) return known;
    const view: View = { tags: new Map(), digests: new Set() };
    for (const { line, tags } of wants) {
      view.digests.add(line.digest);
      for (const tag of tags) view.tags.set(tag, line.digest);
    }
    this.#views.set(wants, view);
    return view;
  }
}

function holds(notes: TargetNotes, { tags, digests }: View): boolean {
  if (notes.tags.size !== tags.size) return false;
  for (const [tag, digest] of tags) if (notes.tags.get(tag) !== digest) return false;
  for (const digest of digests) if (!notes.digests.has(digest)) return false;
  return true;
}
