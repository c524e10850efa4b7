import { compareText, type VersionLine } from "#model";

/** A promotion file before and after a change. */
export interface FileFlow {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Tells the way of each version that a change touches: the channels that held it, then in bold what it gains, struck
 * what it loses (issue 6 §5). Words of files are put between backticks that they cannot end.
 */
export async function flowOf(
  files: readonly FileFlow[],
  order: readonly string[],
): Promise<readonly string[]> {
  const { readBase } = await import("#desired");
  const ranks = new Map(order.map((name, rank) => [name, rank]));
  function rank(name: string): number {
    return ranks.get(name) ?? order.length;
  }
  return files
    .filter(({ path }) => path.startsWith("promotions/"))
    .flatMap(({ path, before, after }) => {
      const [was, is] = [before, after].map((text) =>
        text === undefined ? [] : (readBase([{ path, text }], []).documents[0]?.lines ?? []),
      );
      const id = path.slice("promotions/".length).replace(/\.yaml$/, "");
      return (is ?? []).flatMap((line) => {
        const old = (was ?? []).find(({ version }) => version === line.version);
        const words = flowWords({ line, old }, rank);
        return words === undefined ? [] : [`\`${id}\` \`${line.version}\`: ${words}`];
      });
    });
}

interface Step {
  readonly line: VersionLine;
  readonly old: VersionLine | undefined;
}

function flowWords({ line, old }: Step, rank: (name: string) => number): string | undefined {
  const held = new Set(old?.channels.map(({ channel }) => channel));
  const holds = new Set(line.channels.map(({ channel }) => channel));
  const all = [...held.union(holds)].toSorted((a, b) => rank(a) - rank(b) || compareText(a, b));
  const channels = all.map((name) =>
    held.has(name) ? (holds.has(name) ? name : `~~${name}~~`) : `**${name}**`,
  );
  const isNew = old === undefined;
  const state = line.state !== old?.state && line.state !== undefined ? [`**${line.state}**`] : [];
  const isChanged = isNew || state.length > 0 || held.symmetricDifference(holds).size > 0;
  if (!isChanged) return undefined;
  return [isNew ? "**registered**" : "registered", ...channels, ...state].join(" → ");
}
