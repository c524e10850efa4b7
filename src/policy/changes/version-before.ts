import { compareSemVer, parseSemVer, type VersionLine } from "#model";
import { rankLines } from "../rank-lines.ts";

/** Which version is compared, and where. */
export interface BeforeQuestion {
  readonly lines: readonly VersionLine[];
  readonly line: VersionLine;
  /** Undefined: wherever it is listed. */
  readonly channel: string | undefined;
}

/**
 * The version that a channel had before another one: the newest below it, and of versions that are not SemVer the last in
 * the file. Another name of the same digest is no version before it, and neither is what was retired.
 */
export function versionBefore({ lines, line, channel }: BeforeQuestion): VersionLine | undefined {
  const others = lines.filter(
    ({ digest, state, channels }) =>
      digest !== line.digest &&
      state !== "retired" &&
      (channel === undefined || channels.some((use) => use.channel === channel)),
  );
  if (parseSemVer(line.version) === undefined) return others.at(-1);
  return rankLines(others).find(({ version }) => compareSemVer(version, line.version) < 0)?.line;
}
