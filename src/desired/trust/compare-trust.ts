import { parseTime, revocationKey, type Diagnostic, type Revocation, type TrustRoot } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { RevocationsDocument } from "../documents/revocations.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { positionOf } from "../yaml/tree.ts";

/** The trust policies now and at the base; undefined where there is no such file. */
export interface TrustComparison {
  readonly trust: TrustDocument | undefined;
  readonly baseTrust: TrustDocument | undefined;
  readonly revocations: RevocationsDocument | undefined;
  readonly baseRevocations: RevocationsDocument | undefined;
  /** Where the revocations file is, or was. */
  readonly revocationsFile: string;
}

/** What may not change against the base: half a root, and a revocation that is taken back without a word. */
export function compareTrust(comparison: TrustComparison): readonly Diagnostic[] {
  return [...compareRoots(comparison), ...compareRevocations(comparison)];
}

/** `file`, `sha256` and `fetchedAt` change together or not at all: else a stale root could be made to look fresh. */
function compareRoots({ trust, baseTrust }: TrustComparison): readonly Diagnostic[] {
  if (trust === undefined || baseTrust === undefined) return [];
  return [...trust.policy.roots.values()].flatMap((root) => {
    const before = baseTrust.policy.roots.get(root.name);
    if (before === undefined || isConsistent(root, before)) return [];
    const dated = root.fetchedAt !== before.fetchedAt;
    return [
      errorAt(positionOf(trust.tree, ["roots", root.name]), "root-changed-apart", {
        message: dated
          ? `The root ${shown(root.name)} says another fetchedAt and is the same file.`
          : `The root ${shown(root.name)} is another file and says the old fetchedAt.`,
        expected: "file, sha256 and fetchedAt changed together, or none of them",
        hint: "run waybill trust update, which writes all three",
      }),
    ];
  });
}

function isConsistent(root: TrustRoot, before: TrustRoot): boolean {
  const content = root.sha256 !== before.sha256;
  const moved = root.file !== before.file;
  return content === (root.fetchedAt !== before.fetchedAt) && (content || !moved);
}

function compareRevocations(comparison: TrustComparison): readonly Diagnostic[] {
  const now = new Map(
    (comparison.revocations?.revocations ?? []).map((item) => [revocationKey(item), item]),
  );
  return (comparison.baseRevocations?.revocations ?? []).flatMap((before) => {
    const entry = now.get(revocationKey(before));
    if (entry === undefined) return [removed(comparison, before)];
    const less = weaker(entry, before);
    if (less === undefined) return [];
    return [
      errorAt(entry.at, "revocation-weakened", {
        message: `The revocation of ${revocationKey(entry)} ${less}.`,
        expected: "the entry as it was at the base, or more",
        hint: "put it back; to lift the entry, add rescinded with a time and a reason",
      }),
    ];
  });
}

function removed({ revocations, revocationsFile }: TrustComparison, gone: Revocation): Diagnostic {
  const at =
    revocations === undefined
      ? { file: revocationsFile, line: 1, column: 1 }
      : positionOf(revocations.tree, ["revocations"]);
  return errorAt(at, "revocation-removed", {
    message: `The revocation of ${revocationKey(gone)} was removed.`,
    expected: "every entry that was ever made",
    hint: "put it back; to lift it, add rescinded: { at: TIME, reason: TEXT }",
  });
}

function weaker({ target, revokedAt }: Revocation, before: Revocation): string | undefined {
  const [now, old] = [timeOf(revokedAt), timeOf(before.revokedAt)];
  if (now > old) return "now begins later";
  if (target.kind === "digest" && before.target.kind === "digest")
    return target.only && !before.target.only ? "no longer covers indexes and children" : undefined;
  if (target.kind !== "versions" || before.target.kind !== "versions") return undefined;
  const kept = new Set<string>(target.digests);
  return before.target.digests.every((digest) => kept.has(digest))
    ? undefined
    : "lists fewer digests";
}

/** No time at all is the earliest: then no signature stands. */
function timeOf(text: string | undefined): number {
  return parseTime(text ?? "") ?? -Infinity;
}
