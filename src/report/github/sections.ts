import type { Diagnostic, PlaceChange, PlanNote, TagChange } from "#model";
import { code, markdown } from "../plain-text.ts";
import { count } from "../quantities.ts";
import { TRUST_WORDS, VERDICT_WORDS, whereOf } from "../trust/words.ts";
import type { CheckReport, PolicyEffect } from "./check-report.ts";
import { MOST_ANNOTATIONS, sentences, worstFirst } from "./commands.ts";
import { details, list, table, type Detail } from "./parts.ts";
import type { PolicyTurn, TurnState } from "./policy-turns.ts";
import { isStep, stepWords } from "./verdict.ts";

/** What every reader has to know before the rest (issue 6 §1): a first policy, edited policies, stores that were not read. */
export function banners(
  { bootstrap, policy, unread }: CheckReport,
  detail: Detail,
): readonly string[] {
  return [
    ...(bootstrap
      ? [
          "> [!IMPORTANT]",
          "> **Bootstrap**: the base holds no policy. The files were validated; somebody with the forge's own admin right has to approve or merge.",
          "",
        ]
      : []),
    ...(unread.length === 0
      ? []
      : [
          "> [!WARNING]",
          `> **Desired difference**: what is in ${unread
            .map(({ store }) => code(store))
            .slice(0, 10)
            .join(
              ", ",
            )} was not read, so that this is what git asks for, and not what would be done.`,
          "",
        ]),
    ...(policy === undefined ? [] : policyBanner(policy, detail)),
  ];
}

function policyBanner({ files, turned }: PolicyEffect, detail: Detail): readonly string[] {
  const names = files.slice(0, 20).map((file) => code(file));
  const head = `> **This pull request edits policy**: ${names.join(", ")}.`;
  if (turned === undefined) return ["> [!CAUTION]", head, ""];
  const { turns, compared } = turned;
  return [
    "> [!CAUTION]",
    `${head} ${count(turns.length, "decision")} of ${compared} about what is placed would turn.`,
    "",
    ...table(
      ["what", "now", "would be", "why"],
      turns.map((turn) => turnCells(turn, detail)),
      detail,
    ),
  ];
}

function turnCells(turn: PolicyTurn, { text }: Detail): readonly string[] {
  const { artifact, version, channel, environment, from, to, why } = turn;
  const where = whereOf({ channel, ...(environment === undefined ? {} : { environment }) });
  return [
    markdown(`${artifact}@${version} for ${where}`, text),
    stateWords(from),
    stateWords(to),
    markdown(why, text),
  ];
}

function stateWords({ decision, trust }: TurnState): string {
  return `${VERDICT_WORDS[decision]} (${TRUST_WORDS[trust]})`;
}

/** Mistakes in files. The worst ten are annotations already; here stand all of them (issue 6 §1). */
export function findingsSection(
  findings: readonly Diagnostic[],
  detail: Detail,
): readonly string[] {
  if (findings.length === 0) return [];
  const beyond = findings.length - MOST_ANNOTATIONS;
  const more = beyond > 0 ? `; ${beyond} of them are annotated nowhere` : "";
  return [
    `#### In the files: ${count(findings.length, "finding")}${more}`,
    "",
    ...table(
      ["where", "", "code", "what"],
      worstFirst(findings).map((finding) => [
        code(`${finding.file}:${finding.line}:${finding.column}`),
        finding.severity,
        code(finding.code),
        markdown(sentences(finding), detail.text),
      ]),
      detail,
    ),
  ];
}

/** What git asks for where no store was read: the desired difference, and never "no changes" (issue 6 §1). */
export function desiredSection(
  desired: readonly (PlaceChange | TagChange)[],
  detail: Detail,
): readonly string[] {
  if (desired.length === 0) return [];
  return [
    "#### Desired difference",
    "",
    ...table(
      ["artifact", "version", "asks for", "channel", "site", "place"],
      desired.map((change) => [
        markdown(change.artifact, detail.text),
        code(change.version),
        askedWords(change),
        markdown(change.channel, detail.text),
        markdown(change.site, detail.text),
        code(change.to),
      ]),
      detail,
    ),
  ];
}

function askedWords(change: PlaceChange | TagChange): string {
  switch (change.kind) {
    case "enters":
      return "to be there";
    case "leaves":
      return "**to be gone**";
    case "moves":
      return `${code(change.tag)} to name it${change.before === undefined ? "" : `, after ${code(change.before)}`}`;
  }
}

/** Steps of life, and what is in place already: items without an action (issue 6 §1). */
export function otherItems({ changes, inPlace }: CheckReport, detail: Detail): readonly string[] {
  const steps = changes.filter(isStep).map(stepWords);
  const there = inPlace.map(
    ({ artifact, version, channel, site }) =>
      `${markdown(artifact, detail.text)} ${code(version)} for ${markdown(channel)} at ${markdown(site)}`,
  );
  return [
    ...(steps.length === 0 ? [] : ["#### Steps of life", "", ...list(steps, detail)]),
    ...details(`${count(there.length, "item")} already in place`, list(there, detail)),
  ];
}

/** What is worth knowing and changes nothing. */
export function notesSection(notes: readonly PlanNote[], detail: Detail): readonly string[] {
  return details(
    count(notes.length, "note"),
    list(
      notes.map((note) => `${code(note.code)} ${markdown(note.message, detail.text)}`),
      detail,
    ),
  );
}
