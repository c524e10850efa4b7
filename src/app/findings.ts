import type { Blocked, DesiredArtifact, DesiredState, Diagnostic, Plan, Position } from "#model";

/** What a plan blocks, told at the line that asks for it: for annotations and code scanning. */
export function findingsOf({ blocked }: Plan, desired: DesiredState): readonly Diagnostic[] {
  if (blocked.length === 0) return [];
  const artifacts = new Map(desired.artifacts.map((artifact) => [artifact.id, artifact]));
  return blocked.flatMap((item) => {
    const artifact = artifacts.get(item.artifact);
    return artifact === undefined ? [] : [findingAt(lineOf(artifact, item), item)];
  });
}

function lineOf({ lines, at }: DesiredArtifact, { version }: Blocked): Position {
  return lines.find((line) => line.version === version)?.at ?? at;
}

function findingAt({ file, line, column }: Position, item: Blocked): Diagnostic {
  const { artifact, version, channel, site, code, reason, hint, bestEffort } = item;
  const what = version === undefined ? artifact : `${artifact} ${version}`;
  const where = [channel, site].filter((part) => part !== undefined).join(" at ");
  return {
    file,
    line,
    column,
    code,
    severity: bestEffort ? "warning" : "error",
    message: `${what}${where === "" ? "" : ` for ${where}`}: ${reason}${reason.endsWith(".") ? "" : "."}`,
    hint,
  };
}
