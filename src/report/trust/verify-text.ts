import type { RequiresResult, RuleResult, TrustDecision, VerifyResult } from "#model";
import { plain } from "../plain-text.ts";
import { count } from "../quantities.ts";
import { shortDigests } from "../short-digest.ts";
import type { Style } from "../style.ts";
import { layOut } from "../table.ts";
import { evidenceLines, type Shorten } from "./evidence-lines.ts";
import { turnedLines, type Turned } from "./turned.ts";
import {
  lookOf,
  lookOfOutcome,
  OUTCOME_WORDS,
  trustMeaning,
  TRUST_WORDS,
  VERDICT_WORDS,
  whereOf,
} from "./words.ts";

/** What `waybill verify` came to. */
export interface VerifyPage {
  /** In the order of the document. */
  readonly decisions: readonly TrustDecision[];
  /** `--policy-from`: what would turn; undefined where nobody asked. */
  readonly turned: Turned | undefined;
  /** Show the whole page of what is allowed too, however many there are. */
  readonly whole: boolean;
}

/**
 * The answer of `verify` for a person: one page for one result; of several a table first, then the page of each that is
 * not simply allowed.
 */
export function verifyText({ decisions, turned, whole }: VerifyPage, style: Style): string {
  const isOne = decisions.length === 1 && turned === undefined;
  const shown = decisions.filter(({ result }) => isOne || whole || result.decision !== "allow");
  const parts = [
    ...(isOne || decisions.length === 0 ? [] : [tableOf(decisions, style)]),
    ...(turned === undefined ? [] : [turnedLines(turned, style)]),
    ...shown.map((decision) => pageOf(decision, style)),
    [style.bold(verifySentence(decisions))],
  ];
  return parts.map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n");
}

/** How many are allowed, refused and not known, in one sentence. */
export function verifySentence(decisions: readonly TrustDecision[]): string {
  if (decisions.length === 0) return "Nothing to verify: no version that is not retired is there.";
  const by = Map.groupBy(decisions, ({ result }) => result.decision);
  const words = (["allow", "warn", "refuse", "unknown"] as const)
    .map((verdict) => [VERDICT_WORDS[verdict].toLowerCase(), by.get(verdict)?.length ?? 0] as const)
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${number} ${word}`);
  return `${count(decisions.length, "result")}: ${words.join(", ")}.`;
}

function tableOf(decisions: readonly TrustDecision[], style: Style): readonly string[] {
  return layOut(
    decisions.map(({ result }) => [
      { text: plain(`${result.artifact}@${result.version}`), look: style.bold },
      { text: plain(whereOf(result)) },
      { text: result.lifecycle },
      { text: TRUST_WORDS[result.trust] },
      { text: VERDICT_WORDS[result.decision], look: lookOf(result.decision, style) },
    ]),
    "",
  );
}

function pageOf({ result, reasons, explanation }: TrustDecision, style: Style): readonly string[] {
  const fixes = new Map(reasons.map(({ code, fix }) => [code, fix]));
  const short = shortDigests(
    result.rules.flatMap(({ requirements }) =>
      requirements.flatMap(({ evidence }) => evidence.map(({ digest }) => digest)),
    ),
  );
  return [
    ...headLines(result, style),
    `  ${"why".padEnd(11)}${plain(explanation)}`,
    ...result.rules.flatMap((rule) => ["", ...ruleLines(rule, short, style)]),
    ...(result.requires.length === 0 ? [] : ["", ...requiresLines(result.requires, fixes, style)]),
    ...(result.commands.length === 0 ? [] : ["", ...commandLines(result.commands, style)]),
  ];
}

function headLines(result: VerifyResult, style: Style): readonly string[] {
  const { artifact, version, digest, lifecycle, trust, decision } = result;
  const verdict = lookOf(decision, style)(style.bold(VERDICT_WORDS[decision]));
  const what = plain(`${artifact}@${version} for ${whereOf(result)}`);
  return [
    `${style.bold(what)}: ${verdict}`,
    `  ${"digest".padEnd(11)}${digest}`,
    `  ${"lifecycle".padEnd(11)}${lifecycle}`,
    `  ${"trust".padEnd(11)}${TRUST_WORDS[trust]}: ${trustMeaning(result)}`,
  ];
}

function ruleLines(
  { rule, mode, outcome, requirements }: RuleResult,
  short: Shorten,
  style: Style,
): readonly string[] {
  const how = mode === "enforce" ? "enforced" : "warns only";
  const word = lookOfOutcome(outcome, style)(OUTCOME_WORDS[outcome]);
  return [
    `  ${style.bold(`rule ${plain(rule, 200)}`)} (${how}): ${word}`,
    ...requirements.flatMap((requirement) => [
      `    ${plain(requirement.type, 50)}: ${lookOfOutcome(requirement.outcome, style)(OUTCOME_WORDS[requirement.outcome])}`,
      ...evidenceLines(requirement, { short, style, indent: "      " }),
      ...todo(requirement.fix, style, "      "),
    ]),
  ];
}

function requiresLines(
  rows: readonly RequiresResult[],
  fixes: ReadonlyMap<string, string>,
  style: Style,
): readonly string[] {
  const laid = layOut(
    rows.map(({ name, outcome, expected, found }) => [
      { text: plain(name, 100) },
      { text: OUTCOME_WORDS[outcome], look: lookOfOutcome(outcome, style) },
      { text: `expected ${plain(expected, 400)}, found ${plain(found, 400)}` },
    ]),
    "    ",
  );
  const lines = rows.flatMap(({ name, outcome }, at) => [
    laid[at] ?? "",
    ...(outcome === "pass" ? [] : todo(fixes.get(reasonCode(name)), style, "      ")),
  ]);
  return [`  ${style.bold("asked of it here")}`, ...lines];
}

/** The code of the reason that a row of `requires` gives. */
export function reasonCode(name: string): string {
  const codes: Readonly<Record<string, string>> = {
    revocation: "revoked",
    sources: "source-not-allowed",
    neverPromote: "never-promote",
    kind: "kind-mismatch",
  };
  return codes[name] ?? `requires.${name.split(".")[0] ?? name}`;
}

function todo(fix: string | undefined, style: Style, indent: string): readonly string[] {
  return fix === undefined || fix === "" ? [] : [`${indent}${style.dim("to do:")} ${plain(fix)}`];
}

/** Commands are shown whole, one a line, so that they can be copied. */
function commandLines(commands: readonly string[], style: Style): readonly string[] {
  return [
    `  ${style.bold("the same with other tools")}`,
    ...commands.map((command) => `    ${plain(command, 8_000)}`),
  ];
}
