import type { FaultRow } from "./row.ts";
import type { Outcome } from "./run-row.ts";

const HEAD = `# Faults, and what waybill says

Each fault below is laid in a registry for tests, or in a folder, and met by a real run of
\`waybill apply --yes\` where nothing else is said. What follows it is the exit code and what the run
printed of it; digests are cut. Every one is checked by \`test/faults\`, which also writes this page: that
nothing wrong was stored, that no version's tag names what is not whole, that the source was not touched,
and that the next run, once things are in order, brings everything.
`;

/** The page of all faults, from what their runs said. */
export function describeFaults(
  faults: ReadonlyMap<string, readonly FaultRow[]>,
  outcomes: ReadonlyMap<FaultRow, Outcome>,
): string {
  const sections = [...faults].map(([title, rows]) => {
    const parts = rows.map((row) => describeRow(row, outcomes.get(row)));
    return `## ${title}\n\n${parts.join("\n")}`;
  });
  return [HEAD, ...sections].join("\n");
}

function describeRow(row: FaultRow, outcome: Outcome | undefined): string {
  const lines = row.varies === true ? [`… ${row.says ?? ""} …`] : (outcome?.told ?? []);
  const title = `**${row.what[0]?.toUpperCase()}${row.what.slice(1)}**: exit ${outcome?.code}`;
  if (lines.length === 0) return `${title}${silent(row)}\n`;
  return `${title}\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`;
}

/** What it means that nothing is said. */
function silent({ heal, complete }: FaultRow): string {
  if (heal !== undefined) return ", for tags alone do not show it: see `--deep`.";
  return complete === false ? ", with nothing to tell." : ", and everything is in place.";
}
