import { versionIdentity, type DesiredArtifact, type LifeStep, type VersionLine } from "#model";

/** The steps of an artifact's life between two revisions: those that change what git says and no registry (issue 6 §1). */
export function lifeSteps(
  artifact: string,
  before: DesiredArtifact | undefined,
  now: DesiredArtifact | undefined,
): readonly LifeStep[] {
  const old = linesOf(before);
  const current = linesOf(now);
  return [
    ...[...current].flatMap(([name, line]) => lineSteps(artifact, old.get(name), line)),
    ...[...old].flatMap(([name, line]) =>
      current.has(name)
        ? []
        : [{ kind: "forgets" as const, artifact, version: line.version, detail: undefined }],
    ),
    ...pinSteps(artifact, before, now),
  ];
}

function linesOf(artifact: DesiredArtifact | undefined): ReadonlyMap<string, VersionLine> {
  return new Map((artifact?.lines ?? []).map((line) => [versionIdentity(line.version), line]));
}

function lineSteps(
  artifact: string,
  before: VersionLine | undefined,
  { version, state, from, reason }: VersionLine,
): readonly LifeStep[] {
  const registered: readonly LifeStep[] =
    before === undefined
      ? [{ kind: "registers", artifact, version, detail: from && `from ${from}` }]
      : [];
  if (state === undefined || state === before?.state) return registered;
  const kind = state === "retired" ? "retires" : "deprecates";
  return [...registered, { kind, artifact, version, detail: reason }];
}

function pinSteps(
  artifact: string,
  before: DesiredArtifact | undefined,
  now: DesiredArtifact | undefined,
): readonly LifeStep[] {
  const old = pinsOf(before);
  const current = pinsOf(now);
  return [
    ...[...current].flatMap(([detail, version]) =>
      old.get(detail) === version ? [] : [{ kind: "pins" as const, artifact, version, detail }],
    ),
    ...[...old].flatMap(([detail, version]) =>
      current.has(detail) ? [] : [{ kind: "lifts" as const, artifact, version, detail }],
    ),
  ];
}

/** `<tag> in <channel>` → the version that is pinned. */
function pinsOf(artifact: DesiredArtifact | undefined): ReadonlyMap<string, string> {
  return new Map(
    [...(artifact?.pins ?? [])].flatMap(([channel, pins]) =>
      [...pins].map(([tag, { version }]) => [`${tag} in ${channel}`, version] as const),
    ),
  );
}
