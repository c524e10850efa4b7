import { versionIdentity, type Diagnostic, type Position, type VersionLine } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { keyPositionOf, positionOf } from "../yaml/tree.ts";

/** Both lists cover the same scope: the whole tree, or the files that differ. */
export interface Comparison {
  readonly current: readonly PromotionDocument[];
  /** The same files at the base revision, read leniently. */
  readonly base: readonly PromotionDocument[];
}

/**
 * What may not change against the base (contract §2): digests, kinds, a state going back, lines and files that vanish
 * without having been retired. Files with the same text are not looked at.
 */
export function compareWithBase({ current, base }: Comparison): readonly Diagnostic[] {
  const byId = new Map(current.map((document) => [document.id, document]));
  return base.flatMap((before) => {
    const now = byId.get(before.id);
    if (now === undefined) return removedFile(before);
    return now.text === before.text ? [] : compareFile(now, before);
  });
}

function compareFile(now: PromotionDocument, before: PromotionDocument): readonly Diagnostic[] {
  const byIdentity = new Map(now.lines.map((line) => [versionIdentity(line.version), line]));
  return [
    ...kindChanged(now, before),
    ...before.lines.flatMap((old) => {
      const line = byIdentity.get(versionIdentity(old.version));
      if (line !== undefined) return compareLine(now, line, old);
      // A file that breaks off was told as that: what came after is not known to be gone.
      const isThere = !now.isWhole || now.mentioned.has(versionIdentity(old.version));
      return isThere ? [] : [removedLine(now, old)];
    }),
  ];
}

function kindChanged(now: PromotionDocument, before: PromotionDocument): readonly Diagnostic[] {
  const { kind } = now.artifact;
  const old = before.artifact.kind;
  if (kind === undefined || old === undefined || kind === old) return [];
  return [
    errorAt(positionOf(now.tree, ["artifact", "kind"]), "kind-changed", {
      message: `${now.id} was a ${old} and would become a ${kind}.`,
      expected: old,
      hint: "register the other kind as an artifact of its own",
    }),
  ];
}

function compareLine(
  document: PromotionDocument,
  line: VersionLine,
  old: VersionLine,
): readonly Diagnostic[] {
  return [
    ...(line.digest === old.digest ? [] : [digestChanged(document, line, old)]),
    ...(rank(line) >= rank(old) ? [] : [wentBack(document, line, old)]),
    ...(line.version === old.version ? [] : [respelled(document, line, old)]),
  ];
}

const RANKS = { deprecated: 1, retired: 2 } as const;

function rank({ state }: VersionLine): number {
  return state === undefined ? 0 : RANKS[state];
}

function digestChanged(
  document: PromotionDocument,
  line: VersionLine,
  old: VersionLine,
): Diagnostic {
  return errorAt(positionIn(document, line, "digest"), "digest-changed", {
    message: `Version ${shown(line.version)} has another digest than at the base.`,
    expected: old.digest,
    hint: "put the old digest back, and register the new build as a new version",
  });
}

function wentBack(document: PromotionDocument, line: VersionLine, old: VersionLine): Diagnostic {
  return errorAt(positionIn(document, line, "state"), "state-went-back", {
    message: `Version ${shown(line.version)} was ${old.state ?? "in use"} at the base and would be ${line.state ?? "in use"} again.`,
    expected: `state: ${old.state ?? "none"}${old.state === "deprecated" ? ", or retired" : ""}`,
    hint: "register the same digest as a new version with from, or build a new one",
  });
}

function respelled(document: PromotionDocument, line: VersionLine, old: VersionLine): Diagnostic {
  return errorAt(positionIn(document, line, "version"), "version-respelled", {
    message: `Version ${shown(old.version)} of the base is spelled ${shown(line.version)} here: its tags would be other ones.`,
    expected: old.version,
    hint: "put the old spelling back",
  });
}

function removedLine(document: PromotionDocument, old: VersionLine): Diagnostic {
  const at = keyPositionOf(document.tree, ["versions"]);
  if (old.state === "retired") return forgotten(at, document.id, old);
  return errorAt(at, "line-removed", {
    message: `Version ${shown(old.version)} was removed, and was not retired at the base.`,
    expected: "its line, with state: retired",
    hint: `put the line back and run: waybill retire ${document.id}@${old.version} --reason TEXT`,
  });
}

function forgotten(at: Position, id: string, old: VersionLine): Diagnostic {
  return warningAt(at, "forget", {
    message: `The retired version ${shown(old.version)} of ${id} was removed: what may still be of it at a place is forgotten.`,
    hint: "keep the line until a plan has nothing to withdraw for it",
  });
}

function removedFile(before: PromotionDocument): readonly Diagnostic[] {
  const at = { file: before.file, line: 1, column: 1 };
  const live = before.lines.filter(({ state }) => state !== "retired");
  const retired = before.lines.filter(({ state }) => state === "retired");
  if (live.length === 0) return retired.map((line) => forgotten(at, before.id, line));
  const commands = live.map(
    ({ version }) => `waybill retire ${before.id}@${version} --reason TEXT`,
  );
  return [
    errorAt(at, "file-removed", {
      message: `The file was removed, and ${live.length} of its versions were not retired at the base.`,
      expected: "the file, with every version retired",
      hint: `put it back and run: ${commands.slice(0, 3).join("; ")}${commands.length > 3 ? "; …" : ""}`,
    }),
  ];
}
