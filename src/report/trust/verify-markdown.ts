import { digestHex, type RequirementResult, type TrustDecision, type VerifyResult } from "#model";
import { code, markdown } from "../plain-text.ts";
import {
  byWords,
  checkWords,
  isOfAnotherKind,
  nothingWords,
  otherKinds,
  unreadLines,
} from "./evidence-lines.ts";
import type { Turn, Turned } from "./turned.ts";
import { verifySentence, type VerifyPage } from "./verify-text.ts";
import { OUTCOME_WORDS, TRUST_WORDS, VERDICT_WORDS, whereOf } from "./words.ts";

/** The answer of `verify` as GitHub-flavoured Markdown: the verdict first, foreign text escaped. */
export function verifyMarkdown({ decisions, turned }: VerifyPage): string {
  const lines = [
    `**${verifySentence(decisions)}**`,
    ...(turned === undefined ? [] : ["", ...turnedItems(turned)]),
    ...(decisions.length === 0 ? [] : ["", ...tableOf(decisions)]),
    ...decisions.filter(({ result }) => result.decision !== "allow").flatMap(detailsOf),
  ];
  return `${lines.join("\n")}\n`;
}

function tableOf(decisions: readonly TrustDecision[]): readonly string[] {
  return [
    "| artifact | version | channel | digest | lifecycle | trust | decision | why |",
    "|---|---|---|---|---|---|---|---|",
    ...decisions.map(({ result, explanation }) => {
      const cells = [
        markdown(result.artifact),
        code(result.version),
        markdown(whereOf(result)),
        code(digestHex(result.digest).slice(0, 12)),
        result.lifecycle,
        TRUST_WORDS[result.trust],
        VERDICT_WORDS[result.decision],
        markdown(explanation),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

function detailsOf({ result, reasons }: TrustDecision): readonly string[] {
  return [
    "",
    `<details><summary>${markdown(headOf(result))}</summary>`,
    "",
    ...result.rules.flatMap(({ rule, mode, requirements }) =>
      requirements
        .filter(({ outcome }) => outcome !== "pass")
        .flatMap((requirement) => requirementItems(requirement, `${rule} (${mode})`)),
    ),
    ...reasons
      .filter(({ code: why }) => !why.startsWith("trust."))
      .flatMap(({ message, fix }) => [`- ${markdown(message)}`, `  - to do: ${markdown(fix)}`]),
    "",
    "</details>",
  ];
}

function headOf(result: VerifyResult): string {
  const { artifact, version, decision } = result;
  return `${artifact}@${version} for ${whereOf(result)}: ${VERDICT_WORDS[decision]}`;
}

function requirementItems(requirement: RequirementResult, rule: string): readonly string[] {
  const { type, outcome, evidence, fix } = requirement;
  const others = otherKinds(evidence);
  return [
    `- rule ${markdown(rule)}: ${markdown(type)} ${OUTCOME_WORDS[outcome]}`,
    ...(evidence.length === 0 ? [`  - ${markdown(nothingWords(requirement))}`] : []),
    ...evidence
      .filter((item) => !isOfAnotherKind(item))
      .map((item) => {
        return `  - ${code(digestHex(item.digest).slice(0, 12))} (${item.form}, ${markdown(byWords(item))}): ${markdown(checkWords(item))}`;
      }),
    ...(others === undefined ? [] : [`  - ${markdown(others)}`]),
    ...unreadLines(requirement).map((line) => `  - ${markdown(line)}`),
    ...(fix === undefined ? [] : [`  - to do: ${markdown(fix)}`]),
  ];
}

function turnedItems({ revision, turns, compared }: Turned): readonly string[] {
  const head = `Under the policy of ${code(revision)} ${turns.length} of ${compared} would turn.`;
  return turns.length === 0 ? [head] : [head, "", ...turns.map(turnItem)];
}

function turnItem({ before, after }: Turn): string {
  const what = markdown(
    `${after.result.artifact}@${after.result.version} for ${whereOf(after.result)}`,
  );
  return `- ${what}: ${stateOf(before)} → ${stateOf(after)}: ${markdown(after.explanation)}`;
}

function stateOf({ result }: TrustDecision): string {
  return `${VERDICT_WORDS[result.decision]} (${TRUST_WORDS[result.trust]})`;
}
