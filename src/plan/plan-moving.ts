import {
  compareSemVer,
  fillRevision,
  parseSemVer,
  placeKey,
  tagAt,
  type DesiredArtifact,
  type Digest,
  type MovingTarget,
  type VersionLine,
} from "#model";
import { admit, blockRefused, refusalAt } from "./admit.ts";
import { block, countInPlace, note, type Spot } from "./draft.ts";
import { askGate } from "./gate.ts";
import { blockWaiting, moveStep, type Move } from "./moving-waits.ts";
import { faultHint, lineWords } from "./phrases.ts";
import { blockRevision, ownsMovingTag, planTag } from "./plan-tag.ts";
import { later } from "./trust.ts";

/** Plans the moving tags of one place (contract §2). Comes after all copies, because a tag waits for those of other sites. */
export function planMoving(spot: Spot): void {
  const { draft, artifact, place } = spot;
  const decided = draft.input.decisions.moving.get(
    placeKey(artifact.id, place.channel, place.site),
  );
  if (decided === undefined) return;
  for (const [template, result] of decided) {
    const revision = draft.input.actual.revisions.get(result.line.digest);
    const tag = fillRevision(template, revision);
    if (tag === undefined) blockRevision(spot, result.line, template);
    else planMovingTag(spot, tag, result);
  }
}

function planMovingTag(spot: Spot, tag: string, result: MovingTarget): void {
  const { line } = result;
  noteExpiredPin(spot, tag, result);
  if (!ownsMovingTag(spot, line, tag)) return;
  const found = tagAt(spot.target, tag);
  if (found.kind === "unknown") {
    const reason = `what the moving tag ${tag} names is not known: ${found.fault.message}`;
    return block(spot, { code: "target-unknown", line, reason, hint: faultHint(found.fault) });
  }
  const current = found.kind === "present" ? found.digest : undefined;
  if (current === line.digest) return countInPlace(spot, 1);
  const newer = current && newerThanResult(spot.artifact, current, result);
  if (current !== undefined && newer !== undefined)
    return blockGoingBack(spot, { tag, line, current, newer });
  moveTag(spot, { tag, line, current }, result);
}

/** Moves the tag where trust lets it and every site that it waits for has the version, or will. */
function moveTag(spot: Spot, move: Move, result: MovingTarget): void {
  const { line, tag, current } = move;
  const step = moveStep(move);
  const answer = askGate(spot, line.digest);
  if (answer.kind === "waits") {
    const refused = refusalAt(spot, line);
    if (refused !== undefined) return blockRefused(spot, refused, { line, step });
    return blockWaiting(spot, move, answer);
  }
  const admission = admit(spot, line);
  if (admission.kind === "shut") return blockRefused(spot, admission.reasons, { line, step });
  const notBefore = later(admission.pass.notBefore, answer.notBefore);
  planTag(spot, {
    tag,
    line,
    reason: movingReason(spot.artifact, result, current),
    pass: { ...admission.pass, ...(notBefore === undefined ? {} : { notBefore }) },
    ...(current === undefined ? {} : { expect: current }),
    ...(answer.gate === undefined ? {} : { gate: answer.gate }),
  });
}

/**
 * The newest version that the tag names now, where that is newer than the result: then the tag would go back. Only a
 * pin says that it may. Where a digest has versions of both sorts, those of the result's own sort count.
 */
function newerThanResult(
  artifact: DesiredArtifact,
  current: Digest,
  { line, why }: MovingTarget,
): VersionLine | undefined {
  if (why === "pinned") return undefined;
  const named = artifact.lines.filter(
    ({ digest, version }) => digest === current && parseSemVer(version) !== undefined,
  );
  const alike = named.filter(({ version }) => isPrerelease(version) === isPrerelease(line.version));
  const [newest] = (alike.length > 0 ? alike : named).toSorted((a, b) =>
    compareSemVer(b.version, a.version),
  );
  if (newest === undefined) return undefined;
  return compareSemVer(newest.version, line.version) > 0 ? newest : undefined;
}

function isPrerelease(version: string): boolean {
  return (parseSemVer(version)?.prerelease.length ?? 0) > 0;
}

function blockGoingBack(
  spot: Spot,
  { tag, line, current, newer }: Move & { readonly current: Digest; readonly newer: VersionLine },
): void {
  const { artifact, place } = spot;
  block(spot, {
    code: "tag-would-go-back",
    step: { op: "tag", line, tag, expect: current },
    reason: `${place.repository}:${tag} names ${lineWords(newer)}, which is newer than ${lineWords(line)}, the newest that git gives it`,
    hint: `if the tag shall go back, say so: waybill rollback ${artifact.id} --channel ${place.channel} --to ${line.version} --tag ${tag} --reason TEXT; else list a newer version in ${place.channel}`,
  });
}

function movingReason(
  artifact: DesiredArtifact,
  result: MovingTarget,
  current: Digest | undefined,
): string {
  if (current === undefined) return why(result);
  const old = artifact.lines.find(({ digest }) => digest === current)?.version;
  return `${why(result)}; names ${old ?? "a digest that git does not list"} now`;
}

function why({ line, why: rule, pin }: MovingTarget): string {
  switch (rule) {
    case "newest-stable":
      return `${line.version} is the newest stable`;
    case "newest-prerelease":
      return `${line.version} is the newest pre-release`;
    case "newest-in-line":
      return `${line.version} is the newest of its line`;
    case "pinned":
      return pin?.reason === undefined
        ? `pinned to ${line.version}`
        : `pinned to ${line.version} (${pin.reason})`;
  }
}

function noteExpiredPin(spot: Spot, tag: string, { pin, pinExpired }: MovingTarget): void {
  if (!pinExpired || pin === undefined) return;
  const { draft, artifact, place } = spot;
  note(
    draft,
    "pin-expired",
    `${artifact.id}: the pin of ${tag} in ${place.channel} to ${pin.version} expired at ${pin.until ?? ""}; it pins until a pull request removes it (${pin.at.file}:${pin.at.line})`,
  );
}
