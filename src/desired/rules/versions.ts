import { versionIdentity, type Diagnostic, type Position, type VersionLine } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { itemsOf, textOf, valueOf } from "../yaml/tree.ts";

/** A version stands once in a file, `v1.4.1` and `1.4.1` being one (contract §1); the later line is named. */
export function checkVersions(document: PromotionDocument): readonly Diagnostic[] {
  const { tree } = document;
  const first = new Map<string, { readonly text: string; readonly line: number }>();
  return itemsOf(valueOf(tree.root, "versions")).flatMap((item) => {
    const node = valueOf(item, "version");
    const text = textOf(node);
    if (node === undefined || text === undefined) return [];
    const at = tree.positionAt(node.start);
    const before = first.get(versionIdentity(text));
    if (before === undefined) first.set(versionIdentity(text), { text, line: at.line });
    else return [duplicateVersion(at, text, before)];
    return [];
  });
}

function duplicateVersion(
  at: Position,
  text: string,
  before: { readonly text: string; readonly line: number },
): Diagnostic {
  const same = before.text === text ? "" : ` (as ${before.text}, which is the same version)`;
  return errorAt(at, "duplicate-version", {
    message: `Version ${shown(text)} is already listed in line ${before.line}${same}.`,
    expected: "each version once",
    hint: "remove this line, or give the new build a new version: a version's digest never changes",
  });
}

/** One digest carries several versions only by `from` (contract §2); the later line is named. */
export function checkDigests(document: PromotionDocument): readonly Diagnostic[] {
  const origins = new Map<string, VersionLine>();
  return document.lines.flatMap((line) => {
    if (line.from !== undefined) return [];
    const origin = origins.get(line.digest);
    if (origin === undefined) {
      origins.set(line.digest, line);
      return [];
    }
    return [
      errorAt(positionIn(document, line, "digest"), "duplicate-digest", {
        message: `Version ${shown(line.version)} has the digest of ${shown(origin.version)} in line ${origin.at.line}.`,
        expected: "one version for a digest, or from: the version that it was released from",
        hint: `add from: ${origin.version} where this is the same build under a new name`,
      }),
    ];
  });
}

/** `from` names another listed line of the same digest, and not in a circle (contract §2). */
export function checkFrom(document: PromotionDocument): readonly Diagnostic[] {
  const byIdentity = new Map(document.lines.map((line) => [versionIdentity(line.version), line]));
  const rounds = new Set<VersionLine>();
  return document.lines.flatMap((line) => {
    if (line.from === undefined) return [];
    const origin = byIdentity.get(versionIdentity(line.from));
    const told = wrongOrigin(document, line, origin);
    if (told !== undefined) return [errorAt(positionIn(document, line, "from"), ...told)];
    if (rounds.has(line) || !isInRound(line, byIdentity, rounds)) return [];
    return [
      errorAt(positionIn(document, line, "from"), "from-cycle", {
        message: `Version ${shown(line.version)} is released from itself, by way of ${shown(line.from)}.`,
        expected: "a first version of the digest that has no from",
        hint: "remove from at the version that came first",
      }),
    ];
  });
}

type Refusal = [code: string, told: { message: string; expected: string; hint: string }];

function wrongOrigin(
  { mentioned }: PromotionDocument,
  line: VersionLine,
  origin: VersionLine | undefined,
): Refusal | undefined {
  const from = line.from ?? "";
  const expected = "a listed version of the same digest";
  if (origin === undefined) {
    if (mentioned.has(versionIdentity(from))) return undefined;
    const message = `from names ${shown(from)}, which is not listed here.`;
    return ["from-not-listed", { message, expected, hint: "list that version, or remove from" }];
  }
  if (origin.digest !== line.digest) {
    const message = `from names ${shown(from)}, which is another digest (line ${origin.at.line}).`;
    const hint = "remove from: another digest is another build, and no release by retag";
    return ["from-other-digest", { message, expected, hint }];
  }
  return undefined;
}

/** Follows `from` until it ends or comes back to the line; the members of a circle are told once. */
function isInRound(
  line: VersionLine,
  byIdentity: ReadonlyMap<string, VersionLine>,
  rounds: Set<VersionLine>,
): boolean {
  const path = new Set<VersionLine>();
  let next: VersionLine | undefined = line;
  while (next !== undefined && !path.has(next)) {
    path.add(next);
    next = next.from === undefined ? undefined : byIdentity.get(versionIdentity(next.from));
  }
  if (next !== line) return false;
  for (const member of path) rounds.add(member);
  return true;
}

/** A line names each channel once. */
export function checkChannelItems(document: PromotionDocument): readonly Diagnostic[] {
  return document.lines.flatMap((line) => {
    const seen = new Set<string>();
    return line.channels.flatMap((use) => {
      const again = seen.has(use.channel);
      seen.add(use.channel);
      if (!again) return [];
      return [
        errorAt(use.at, "duplicate-channel", {
          message: `Version ${shown(line.version)} names channel ${shown(use.channel)} twice.`,
          expected: "each channel once",
          hint: "put the sites into one item, or name the channel alone for all of them",
        }),
      ];
    });
  });
}
