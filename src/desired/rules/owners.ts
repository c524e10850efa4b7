import type { Diagnostic, OwnerGroup } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { ChannelsDocument } from "../documents/channels.ts";
import type { OwnersDocument } from "../documents/owners.ts";
import { suggestion } from "../nearest.ts";
import type { Policies } from "../resolve/context.ts";
import { itemsOf, nodeAt, positionOf, textOf, valueOf, type YamlNode } from "../yaml/tree.ts";
import { checkGlob } from "./trust-globs.ts";

/** What an owners file says wrong by itself: groups that are not there or that nobody is in, and globs (issue 6 §3). */
export function checkOwners(document: OwnersDocument): readonly Diagnostic[] {
  const { tree, owners } = document;
  const rows = itemsOf(valueOf(tree.root, "owners"));
  const admins = valueOf(tree.root, "admins");
  const lists = [...rows.map((row) => valueOf(row, "from")), admins];
  return [
    ...rows.flatMap((row) =>
      itemsOf(valueOf(row, "paths")).flatMap((node) => checkGlob(tree, node)),
    ),
    ...lists.flatMap((list) => unknownGroups(document, itemsOf(list))),
    ...rows.flatMap((row) => checkApprovers(document, valueOf(row, "from"), "a row")),
    ...checkApprovers(document, admins, "admins"),
    ...[...owners.groups.values()].flatMap((group) => checkGroup(document, group)),
  ];
}

/** What channels say of people must fit the owners file, whichever of the two was written first. */
export function checkRights({ channels, owners }: Policies): readonly Diagnostic[] {
  if (channels === undefined) return [];
  return [...channels.channels.keys()].flatMap((channel) =>
    [
      { path: ["promoters"], approves: false },
      { path: ["approvals", "from"], approves: true },
      { path: ["overrides"], approves: true },
    ].flatMap(({ path, approves }) => {
      const list = nodeAt(channels.tree.root, ["channels", channel, ...path]);
      if (owners === undefined) return withoutOwners(channels, itemsOf(list));
      const named = { ...owners, tree: channels.tree };
      const what = `${path.join(".")} of channel ${shown(channel)}`;
      return [
        ...unknownGroups(named, itemsOf(list)),
        ...(approves ? checkApprovers(named, list, what) : checkMembers(named, list, what)),
      ];
    }),
  );
}

/** Groups, and the tree in which they are named. */
type Naming = Pick<OwnersDocument, "tree" | "owners">;

function unknownGroups(
  { tree, owners }: Naming,
  items: readonly YamlNode[],
): readonly Diagnostic[] {
  return items.flatMap((item) => {
    const name = textOf(item);
    if (name === undefined || owners.groups.has(name)) return [];
    return [
      errorAt(tree.positionAt(item.start), "unknown-group", {
        message: `${shown(name)} is no group of policies/owners.yaml.`,
        expected: "a key under groups",
        hint: suggestion(name, owners.groups.keys(), "define it under groups"),
      }),
    ];
  });
}

function withoutOwners(
  { tree }: ChannelsDocument,
  items: readonly YamlNode[],
): readonly Diagnostic[] {
  return items.map((item) =>
    errorAt(tree.positionAt(item.start), "unknown-group", {
      message: `${shown(textOf(item) ?? "")} is no group: there is no policies/owners.yaml.`,
      expected: "a group of policies/owners.yaml",
      hint: "write policies/owners.yaml with groups",
    }),
  );
}

/** A list of groups in which nobody could ever approve. */
function checkApprovers(
  naming: Naming,
  list: YamlNode | undefined,
  what: string,
): readonly Diagnostic[] {
  return nobody(naming, list, {
    what,
    has: ({ people, teams }) => people.length + teams.length > 0,
    effect: "nobody can approve",
  });
}

function checkMembers(
  naming: Naming,
  list: YamlNode | undefined,
  what: string,
): readonly Diagnostic[] {
  return nobody(naming, list, {
    what,
    has: ({ people, teams, apps }) => people.length + teams.length + apps.length > 0,
    effect: "nobody may promote",
  });
}

interface Asked {
  readonly what: string;
  readonly has: (group: OwnerGroup) => boolean;
  readonly effect: string;
}

function nobody(
  { tree, owners }: Naming,
  list: YamlNode | undefined,
  { what, has, effect }: Asked,
): readonly Diagnostic[] {
  if (list?.kind !== "list") return [];
  const groups = list.items.map((item) => owners.groups.get(textOf(item) ?? ""));
  const isUnknown = groups.some((group) => group === undefined);
  if (isUnknown || groups.some((group) => group !== undefined && has(group))) return [];
  return [
    warningAt(tree.positionAt(list.start), "no-members", {
      message: `There is nobody in the groups of ${what}: ${effect}.`,
      hint: "add people or teams to a group of policies/owners.yaml",
    }),
  ];
}

function checkGroup({ tree }: OwnersDocument, { name, people }: OwnerGroup): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return people.flatMap(({ login }, index) => {
    const key = login.toLowerCase();
    const isFirst = !first.has(key);
    if (isFirst) first.set(key, index);
    if (isFirst) return [];
    return [
      warningAt(positionOf(tree, ["groups", name, "people", index]), "person-twice", {
        message: `${shown(login)} is in ${shown(name)} twice; with and without a number, the one without lets in whoever has the name.`,
        hint: "keep the one with the number",
      }),
    ];
  });
}
