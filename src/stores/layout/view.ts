import type { BigIntStats } from "node:fs";
import type { Descriptor, Digest } from "#model";
import { isLayout, readIndexFile } from "./folder.ts";
import { invalidLayout } from "./failure.ts";
import { statFile } from "./file.ts";
import { listedIn, tagsOf } from "./index-document.ts";
import { layoutFile, refuseLinks, type PathRules, type Place } from "./place.ts";

/** What index.json says at one moment. */
export interface View {
  readonly tags: ReadonlyMap<string, Descriptor | "ambiguous">;
  readonly listed: ReadonlyMap<Digest, Descriptor>;
}

/** Looks at index.json, and reads it again only when it changed. Undefined: there is no layout. */
export type Look = () => Promise<View | undefined>;

/** A file younger than this may be replaced within the same tick of its clock, so it is read each time (as git has it). */
const RACY_MS = 100;

/** Opens the look at one layout. */
export function lookAt(place: Place, rules: PathRules): Look {
  let proved = false;
  let kept: { readonly sign: string; readonly view: Promise<View> } | undefined;
  return async () => {
    if (!proved) {
      await refuseLinks(place, rules);
      if (!(await isLayout(place))) return undefined;
      proved = true;
    }
    const stats = await statFile(place, layoutFile(place, "index.json"));
    if (stats === undefined)
      throw invalidLayout(place.repository, "the file oci-layout is there and index.json is not");
    const sign = signOf(stats);
    if (kept?.sign !== sign) {
      const view = readView(place);
      kept = { sign, view };
      void forgetLater(view, isYoung(stats));
    }
    return kept.view;
  };

  /** A failure is the caller's who waits for it, and no reason to fail the next one. */
  async function forgetLater(view: Promise<View>, young: boolean): Promise<void> {
    const failed = await view.then(
      () => false,
      () => true,
    );
    if ((failed || young) && kept?.view === view) kept = undefined;
  }
}

async function readView(place: Place): Promise<View> {
  const document = await readIndexFile(place);
  if (document === undefined) throw invalidLayout(place.repository, "index.json went away");
  return { tags: tagsOf(document), listed: listedIn(document) };
}

function signOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function isYoung(stats: BigIntStats): boolean {
  return Date.now() - Number(stats.mtimeMs) < RACY_MS;
}
