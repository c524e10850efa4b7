import { plain } from "../plain-text.ts";
import { count } from "../quantities.ts";
import type { Style } from "../style.ts";
import { layOut } from "../table.ts";
import { gateState, GATES, type AskedItem, type Gate, type GateState } from "./gates.ts";
import type { WhyQuestion } from "./why-question.ts";
import type { Why } from "./why.ts";
import {
  lookOf,
  OUTCOME_WORDS,
  lookOfOutcome,
  trustMeaning,
  TRUST_WORDS,
  whereOf,
} from "./words.ts";

/** One page: what is asked at each of the six gates, what is missing, and who can supply it (001-01). */
export function whyText(question: WhyQuestion, why: Why, style: Style): string {
  const lines = [
    ...headLines(question, why, style),
    ...GATES.flatMap((gate) => ["", ...gateLines(gate, why, style)]),
    "",
    ...missingLines(why, style),
    ...closing(question, style),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function headLines(question: WhyQuestion, why: Why, style: Style): readonly string[] {
  const { result, notBefore } = question.decision;
  const { artifact, version, digest, lifecycle, trust, decision } = result;
  const at = question.site === undefined ? "" : ` at ${question.site}`;
  const what = style.bold(plain(`${artifact}@${version} in ${whereOf(result)}${at}`));
  const state = stateWords(question, why);
  const waits = notBefore === undefined ? [] : [`  ${"waits".padEnd(11)}until ${notBefore}`];
  return [
    `${what}: ${lookOf(decision, style)(style.bold(state))}`,
    `  ${"digest".padEnd(11)}${digest}`,
    `  ${"lifecycle".padEnd(11)}${lifecycle}`,
    `  ${"trust".padEnd(11)}${TRUST_WORDS[trust]}: ${trustMeaning(result)}`,
    ...waits,
  ];
}

/** Rules and git are two things: a version may be allowed, and nobody asked for it yet. */
function stateWords({ decision }: WhyQuestion, { missing }: Why): string {
  switch (decision.result.decision) {
    case "refuse":
      return "REFUSED";
    case "unknown":
      return "NOT KNOWN";
    case "allow":
    case "warn": {
      const warned = decision.result.decision === "warn" ? ", with warnings" : "";
      if (missing.length === 0) return `it is there${warned}`;
      return `allowed${warned}, and not there yet`;
    }
  }
}

const STATE_WORDS: Readonly<Record<GateState, string>> = {
  open: "open",
  missing: "CLOSED",
  "not known": "NOT KNOWN",
  "nothing asked": "open (nothing is asked)",
  waits: "waits for the gates before",
};

function gateLines(gate: Gate, why: Why, style: Style): readonly string[] {
  const state = gateState(gate, why.asked);
  const looks = {
    open: style.green,
    missing: style.red,
    "not known": style.yellow,
    "nothing asked": style.green,
    waits: style.yellow,
  };
  const rows = why.asked
    .filter((item) => item.gate === gate)
    .map((item) => [
      { text: OUTCOME_WORDS[item.outcome], look: lookOfOutcome(item.outcome, style) },
      { text: rowWords(item, why) },
    ]);
  return [
    `  ${style.bold(`${GATES.indexOf(gate) + 1} ${gate}`)}: ${looks[state](STATE_WORDS[state])}`,
    ...layOut(rows, "    "),
  ];
}

/** What is missing is told below, by its number; the rest here. */
function rowWords(item: AskedItem, { missing }: Why): string {
  const what = plain(item.what, 400);
  const at = missing.findIndex(({ gate, what: lack, found }) => {
    return gate === item.gate && lack === item.what && found === item.found;
  });
  if (item.outcome !== "pass" && at >= 0) return `${what} (see ${at + 1} below)`;
  const warns = item.mode === "warn" && item.outcome !== "pass" ? ", and this only warns" : "";
  return `${what} (found: ${plain(item.found, 400)})${warns}`;
}

function missingLines({ missing, asked }: Why, style: Style): readonly string[] {
  if (missing.length === 0) return [style.bold("Nothing is missing.")];
  const isDoubt = asked.some(({ outcome, mode }) => outcome === "unknown" && mode === "enforce");
  return [
    style.bold(
      `${count(missing.length, "thing is", "things are")} ${isDoubt ? "missing or not known" : "missing"}:`,
    ),
    ...missing.flatMap(({ gate, what, by, found, who, fix }, at) => [
      `  ${at + 1}. ${style.bold(`${gate}:`)} ${plain(what, 400)}`,
      `     ${style.dim("asked by:")} ${plain(by, 200)}`,
      `     ${style.dim("found:")} ${plain(found, 600)}`,
      `     ${style.dim("who can:")} ${plain(who, 600)}`,
      `     ${style.dim("to do:")} ${plain(fix, 600)}`,
    ]),
  ];
}

function closing({ decision, otherEnvironments }: WhyQuestion, style: Style): readonly string[] {
  const { artifact, version, channel, environment } = decision.result;
  const others =
    otherEnvironments.length === 0
      ? []
      : [
          `This is the answer for ${environment ?? "sites without an environment"}; name a site of ${otherEnvironments.join(", ")} with --site for theirs.`,
        ];
  return [
    "",
    ...others.map((line) => style.dim(plain(line))),
    style.dim(
      plain(`Each piece of evidence: waybill verify ${artifact}@${version} --channel ${channel}`),
    ),
  ];
}
