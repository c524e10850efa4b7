import type { Action, Blocked, Digest, Plan } from "#model";
import { code, markdown } from "./plain-text.ts";
import { cargoOf, groupPlan, subjectOf, verbOf, type PlanGroup } from "./plan-rows.ts";
import { planSentence } from "./plan-summary.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "./plan-trust.ts";
import { shortDigests } from "./short-digest.ts";

/** A plan as GitHub-flavoured Markdown: verdict first, destructive actions open, foreign text escaped. */
export function planMarkdown(plan: Plan): string {
  const short = shortDigests(
    plan.actions.flatMap((action) => [action.digest, ...(action.expect ? [action.expect] : [])]),
  );
  const destructive = plan.actions.filter((action) => action.destructive);
  const lines = [`**${planSentence(plan)}**`, ""];
  if (destructive.length > 0)
    lines.push("### Destructive", "", ...destructiveTable(destructive, short), "");
  for (const group of groupPlan(plan)) lines.push(...groupLines(group, short));
  if (plan.notes.length > 0) {
    lines.push(
      "### Notes",
      "",
      ...plan.notes.map((note) => `- ${code(note.code)} ${markdown(note.message)}`),
      "",
    );
  }
  lines.push(
    `Plan ${code(plan.digest)}${plan.commit === undefined ? "" : ` at ${code(plan.commit)}`}`,
  );
  return `${lines.join("\n")}\n`;
}

function groupLines(group: PlanGroup, short: (digest: Digest) => string): readonly string[] {
  const actions = group.actions.filter((action) => !action.destructive);
  const lines: string[] = [];
  if (actions.length > 0 || group.blocked.length > 0) {
    lines.push(`### ${markdown(group.artifact)} → ${markdown(group.channel)}`, "");
  }
  if (actions.length > 0) lines.push(...table(actions, short), "");
  const trust = trustItems(actions);
  if (trust.length > 0) lines.push(...trust, "");
  if (group.blocked.length > 0) lines.push(...blockedItems(group.blocked), "");
  return lines;
}

/** What is blocked as a list: why, and what to do. */
export function blockedItems(blocked: readonly Blocked[]): readonly string[] {
  return blockedRows(blocked).map(({ item, sites, tags }) => {
    const where = [item.version, ...sites]
      .filter((part) => part !== undefined)
      .map((part) => code(part));
    const names =
      tags.length === 0 ? "" : ` Not written: ${tags.map((tag) => code(tag)).join(" ")}.`;
    return `- **${blockedWord(item)}** ${[...where, code(item.code)].join(" ")}: ${markdown(closed(item.reason))}${names} To do: ${markdown(closed(item.hint))}`;
  });
}

/** One item for each decision of trust, in words, and what rules warn of. */
function trustItems(actions: readonly Action[]): readonly string[] {
  return decisionsOf(actions).flatMap((decision) => [
    `- **${trustWord(decision)}**: ${markdown(decision.explanation)}`,
    ...decision.warnings.map((warning) => {
      const fix = warning.fix === "" ? "" : ` To do: ${markdown(closed(warning.fix))}`;
      return `- **warning** ${code(warning.code)}: ${markdown(closed(warning.message))}${fix}`;
    }),
  ]);
}

/** Foreign words as a sentence that ends. */
export function closed(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

function destructiveTable(
  actions: readonly Action[],
  short: (digest: Digest) => string,
): readonly string[] {
  const [heads = "", rule = "", ...rows] = table(actions, short);
  return [
    `| artifact ${heads}`,
    `|---${rule}`,
    ...rows.map((row, at) => `| ${markdown(actions[at]?.artifact ?? "")} ${row}`),
  ];
}

function table(actions: readonly Action[], short: (digest: Digest) => string): readonly string[] {
  return [
    "| action | what | digest | site | to | why |",
    "|---|---|---|---|---|---|",
    ...actions.map((action) => {
      const names =
        action.expect === null || action.destructive
          ? code(short(action.digest))
          : `${code(short(action.expect))} → ${code(short(action.digest))}`;
      const cargo = cargoOf(action);
      const wait =
        action.notBefore === undefined ? "" : `; waits until ${markdown(action.notBefore)}`;
      const why = `${markdown(action.reason)}${cargo === "" ? "" : ` (${markdown(cargo)})`}${wait}`;
      return `| ${verbOf(action)} | ${code(subjectOf(action))} | ${names} | ${markdown(action.site ?? "")} | ${code(action.to)} | ${why} |`;
    }),
  ];
}
