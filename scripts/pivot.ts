/** What one program made of what another one had made. */
export interface Judgement {
  readonly maker: string;
  readonly what: string;
  readonly judge: string;
  /** `accepted` or `refused`, as it should be; or why it was not asked. */
  readonly verdict: string;
}

/** Judgements as a table: a line for what was made and by whom, a column for each who judged it. */
export function pivot(judgements: readonly Judgement[]): string {
  const judges = [...new Set(judgements.map(({ judge }) => judge))];
  const made = Map.groupBy(judgements, ({ maker, what }) => `${maker}\t${what}`);
  const lines = [...made.values()].map((line) => {
    const [first] = line;
    const cells = judges.map((judge) => line.filter((one) => one.judge === judge).map(verdictOf));
    return [first?.maker ?? "", first?.what ?? "", ...cells.map(oneOf)];
  });
  return columns([["made by", "what", ...judges], ...lines]);
}

function verdictOf({ verdict }: Judgement): string {
  return verdict;
}

/** Judged several times (on several registries), it is said how often. */
function oneOf(verdicts: readonly string[]): string {
  const [first = "-", ...more] = [...new Set(verdicts)];
  if (more.length > 0) return [first, ...more].join(", ");
  return verdicts.length > 1 ? `${first} (${verdicts.length})` : first;
}

/** Rows as text in columns. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length)),
  );
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}
