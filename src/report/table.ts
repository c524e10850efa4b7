/** One cell: its text, and how it looks once it is padded. */
export interface Cell {
  readonly text: string;
  readonly look?: (text: string) => string;
}

/** Lays rows out in columns that align, two spaces apart; the last column is not padded. */
export function layOut(rows: readonly (readonly Cell[])[], indent: string): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell.text));
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const isLast = column === row.length - 1;
      const padding = isLast ? "" : " ".repeat((widths[column] ?? 0) - width(cell.text));
      return (cell.look ? cell.look(cell.text) : cell.text) + padding;
    });
    return (indent + cells.join("  ")).trimEnd();
  });
}

/** How many columns a text takes, to the eye: wide East Asian characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
