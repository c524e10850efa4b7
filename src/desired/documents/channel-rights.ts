import {
  DEFAULT_APPROVALS,
  DEFAULT_LIMIT,
  WEEKDAYS,
  type ApprovalRule,
  type ChangeLimit,
  type Channel,
  type FreezeWindow,
} from "#model";
import {
  booleanOf,
  itemsOf,
  numberOf,
  textOf,
  textsOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** Who may bring something into a channel, when, and how much at once (issue 6 §3). */
export type ChannelRights = Pick<
  Channel,
  "promoters" | "approvals" | "overrides" | "freeze" | "limits"
>;

/** Reads those keys of a channel; what is not there is undefined. */
export function rightsOf(tree: YamlTree, channel: YamlNode): ChannelRights {
  const freeze = valueOf(channel, "freeze");
  const limits = valueOf(channel, "limits");
  return {
    promoters: namesOf(valueOf(channel, "promoters")),
    approvals: approvalsOf(valueOf(channel, "approvals")),
    overrides: namesOf(valueOf(channel, "overrides")),
    freeze: freeze && itemsOf(freeze).map((node) => windowOf(tree, node)),
    limits: limits && {
      remove: limitOf(valueOf(limits, "remove")),
      move: limitOf(valueOf(limits, "move")),
    },
  };
}

/** A list that is there and names nobody lets nobody in. */
function namesOf(node: YamlNode | undefined): readonly string[] | undefined {
  return node && textsOf(node);
}

function approvalsOf(node: YamlNode | undefined): ApprovalRule | undefined {
  if (node === undefined) return undefined;
  return {
    count: numberOf(valueOf(node, "count")) ?? DEFAULT_APPROVALS.count,
    from: namesOf(valueOf(node, "from")),
    codeOwners: booleanOf(valueOf(node, "codeOwners")) ?? DEFAULT_APPROVALS.codeOwners,
  };
}

function windowOf(tree: YamlTree, node: YamlNode): FreezeWindow {
  const from = textOf(valueOf(node, "from")) ?? "";
  const to = textOf(valueOf(node, "to")) ?? "";
  const reason = textOf(valueOf(node, "reason"));
  const days = valueOf(node, "days");
  const at = tree.positionAt(node.start);
  if (days === undefined) return { kind: "span", from, to, reason, at };
  const named = textsOf(days);
  return {
    kind: "weekly",
    days: WEEKDAYS.filter((day) => named.includes(day)),
    from,
    to,
    timeZone: textOf(valueOf(node, "timeZone")) ?? "UTC",
    reason,
    at,
  };
}

function limitOf(node: YamlNode | undefined): ChangeLimit | undefined {
  if (node === undefined) return undefined;
  return {
    count: numberOf(valueOf(node, "count")),
    share: numberOf(valueOf(node, "share")),
    floor: numberOf(valueOf(node, "floor")) ?? DEFAULT_LIMIT.floor,
  };
}
