import { compareText } from "#model";
import { shortDigests } from "../short-digest.ts";
import { actionTable, destructiveTable } from "./action-table.ts";
import { artifactDetails, blockedSection } from "./artifact-details.ts";
import type { CheckReport } from "./check-report.ts";
import type { Detail } from "./parts.ts";
import { willFollowSection } from "./will-follow.ts";
import { banners, desiredSection, findingsSection, notesSection, otherItems } from "./sections.ts";

/** The part that summary and comment have alike: from the banners to the notes, at one step of the ladder. */
export function reportBody(report: CheckReport, detail: Detail): readonly string[] {
  const { pages } = report;
  const actions = report.plan?.actions ?? [];
  const digests = actions.flatMap(({ digest, expect }) =>
    expect === null ? [digest] : [digest, expect],
  );
  const options = { short: shortDigests(digests), pages, detail };
  const destructive = destructiveTable(actions, options);
  const blocked = report.plan?.blocked ?? [];
  return [
    ...banners(report, detail),
    ...(destructive.length === 0 ? [] : ["#### ⚠️ Destructive", "", ...destructive]),
    ...actionTable(actions, options),
    ...willFollowSection(report, detail),
    ...desiredSection(report.desired, detail),
    ...blockedSection(blocked, detail),
    // What is blocked is told above with its reason; its line is in the annotations.
    ...findingsSection(fileFindings(report), detail),
    ...artifactDetails({ actions, blocked }, pages, detail),
    ...otherItems(report, detail),
    ...notesSection(report.plan?.notes ?? [], detail),
  ];
}

function fileFindings({ findings, plan }: CheckReport): CheckReport["findings"] {
  const codes = new Set((plan?.blocked ?? []).map(({ code }) => code as string));
  return findings
    .filter(({ code }) => !codes.has(code))
    .toSorted((a, b) => compareText(a.file, b.file));
}
