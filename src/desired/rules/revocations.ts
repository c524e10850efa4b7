import { isVersionRange, parseTime, revocationKey, type Diagnostic } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { RevocationsDocument } from "../documents/revocations.ts";
import { itemsOf, nodeAt, textOf, valueOf, type YamlNode, type YamlTree } from "../yaml/tree.ts";

/** Each entry revokes one thing, by ranges and times that exist, and no thing twice. */
export function checkRevocations(document: RevocationsDocument): readonly Diagnostic[] {
  const { tree } = document;
  return [
    ...itemsOf(valueOf(tree.root, "revocations")).flatMap((item) => [
      ...checkTarget(tree, item),
      ...checkRange(tree, valueOf(item, "versions")),
      ...checkTime(tree, valueOf(item, "at")),
      ...checkTime(tree, nodeAt(item, ["rescinded", "at"])),
    ]),
    ...checkTwice(document),
  ];
}

const TARGETS = ["digest", "key", "authority", "identity", "evidence"];

function checkTarget(tree: YamlTree, item: YamlNode): readonly Diagnostic[] {
  if (item.kind !== "map") return [];
  const artifact = ["project", "name", "versions"].filter((key) => valueOf(item, key));
  const whole = artifact.length === 0 || artifact.length === 3;
  const targets = TARGETS.filter((key) => valueOf(item, key));
  if (whole && targets.length + artifact.length / 3 === 1) return [];
  return [
    errorAt(tree.positionAt(item.start), "revocation-form", {
      message: whole
        ? "The entry does not say exactly one thing that is revoked."
        : "The entry names an artifact only in part.",
      expected:
        "exactly one of digest, key, authority, identity, evidence, or project with name and versions",
      hint: "make an entry of each",
    }),
  ];
}

function checkRange(tree: YamlTree, node: YamlNode | undefined): readonly Diagnostic[] {
  const text = textOf(node);
  if (node === undefined || text === undefined || isVersionRange(text)) return [];
  return [
    errorAt(tree.positionAt(node.start), "range-form", {
      message: `${shown(text)} is no range of versions.`,
      expected: "a range of SemVer versions, such as >=1.4.0 <1.4.2",
      hint: "list other versions by their digests",
    }),
  ];
}

function checkTime(tree: YamlTree, node: YamlNode | undefined): readonly Diagnostic[] {
  const text = textOf(node);
  if (node === undefined || text === undefined || parseTime(text) !== undefined) return [];
  return [
    errorAt(tree.positionAt(node.start), "time-form", {
      message: `${shown(text)} is no time.`,
      expected: "a time as RFC 3339 has it, such as 2026-12-01T00:00:00Z",
      hint: "look at month, day and hour",
    }),
  ];
}

function checkTwice({ revocations }: RevocationsDocument): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return revocations.flatMap((revocation) => {
    const key = revocationKey(revocation);
    const before = first.get(key);
    if (before === undefined) first.set(key, revocation.at.line);
    if (before === undefined || before === revocation.at.line) return [];
    return [
      warningAt(revocation.at, "duplicate-revocation", {
        message: `Line ${before} revokes the same already.`,
        hint: "keep the earlier entry: both count until both are rescinded",
      }),
    ];
  });
}
