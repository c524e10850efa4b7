import {
  digestAt,
  type Digest,
  type Evidence,
  type Facets,
  type SourceArtifact,
  type VersionLine,
  type Want,
} from "#model";
import { admit, blockRefused } from "./admit.ts";
import { block, note, propose, type Draft, type Spot, type Waiting } from "./draft.ts";
import { countWords, faultHint, listWords } from "./phrases.ts";
import { keepTags, planOwnTags, TAG_WITH_COPY } from "./plan-tag.ts";
import { askSource, noteSourceTrouble } from "./source-troubles.ts";
import type { Pass } from "./trust.ts";

/** Plans the copy of a digest that a target lacks, and the tags that come with it. */
export function planCopy(waiting: Waiting): void {
  const { spot, line, tags } = waiting;
  const { draft, artifact, place, target } = spot;
  const found = digestAt(target, line.digest);
  if (found.kind === "unknown")
    return blockUnknown(spot, line, `whether ${line.version} is there is not known`, found.fault);
  const first = firstLine(draft, place.wants, line);
  const answer = askSource(spot, line.digest);
  if (answer.kind !== "known") return noteSourceTrouble(waiting, first, answer);
  const carrier = admitCopy(waiting, first);
  if (carrier === undefined) return;
  const details = {
    ...carrier.pass,
    from: artifact.source,
    bytes: answer.artifact.bytes,
    evidence: answer.artifact.evidence,
    reason: "not there yet",
  };
  propose(spot, { op: "copy", line: carrier.line }, details);
  planOwnTags(spot, { line, tags, reason: TAG_WITH_COPY });
}

/** The version that a copy carries, with what lets it in: the first of the digest, or this one where the first is refused. */
interface Carrier {
  readonly line: VersionLine;
  readonly pass: Pass;
}

/** Asks whether a copy may be made for a line; where not, says why, and nobody else gets its tags by that. */
function admitCopy({ spot, line, tags }: Waiting, first: VersionLine): Carrier | undefined {
  const own = admit(spot, line);
  if (own.kind === "shut") {
    const [tag] = tags.length === 1 ? tags : [];
    const step =
      line === first ? { op: "copy" as const, line } : tag && { op: "tag" as const, line, tag };
    blockRefused(spot, own.reasons, step ? { line, step } : { line });
    keepTags(spot, line, tags);
    return undefined;
  }
  const leader = line === first ? own : admit(spot, first);
  return leader.kind === "open" ? { line: first, pass: leader.pass } : { line, pass: own.pass };
}

function blockUnknown(
  spot: Spot,
  line: VersionLine,
  what: string,
  fault: { readonly message: string } & Parameters<typeof faultHint>[0],
): void {
  const reason = `${what}: ${fault.message}`;
  block(spot, { code: "target-unknown", line, reason, hint: faultHint(fault) });
}

/** The copy of a digest carries the first version in file order that means the place (contract §2). */
function firstLine(draft: Draft, wants: readonly Want[], line: VersionLine): VersionLine {
  let lines = draft.firstLines.get(wants);
  if (lines === undefined) {
    const first = new Map<Digest, VersionLine>();
    for (const want of wants) {
      if (!first.has(want.line.digest)) first.set(want.line.digest, want.line);
    }
    draft.firstLines.set(wants, first);
    lines = first;
  }
  return lines.get(line.digest) ?? line;
}

/** A digest that is there: whole as far as anybody looked, made whole by this plan, or maybe not whole after it. */
export type Wholeness = "whole" | "repaired" | "unsettled";

/**
 * Plans what a digest that is there still lacks, closure or evidence (promise 6): a copy that sends only that. Where it
 * stays unsettled its tags are left to wait, because no tag is put on something incomplete (promise 4).
 */
export function planRepair(waiting: Waiting): Wholeness {
  const { spot, line } = waiting;
  const { draft, artifact, place, target } = spot;
  const facets = target.facets.get(line.digest);
  if (facets === undefined) return "whole";
  for (const tag of facets.divergedEvidence) {
    const message = `${place.repository}:${tag} holds evidence about ${artifact.id} ${line.version} that the source lacks; it is left as it is`;
    note(draft, "diverged-evidence", message);
  }
  if (facets.fault !== undefined)
    blockUnknown(spot, line, `whether ${line.version} is complete is not known`, facets.fault);
  if (isWhole(facets)) return facets.fault === undefined ? "whole" : "unsettled";
  const first = firstLine(draft, place.wants, line);
  const answer = askSource(spot, line.digest);
  if (answer.kind !== "known" && facets.missing.length > 0) {
    noteSourceTrouble(waiting, first, answer);
    return "unsettled";
  }
  const carrier = admitCopy(waiting, first);
  if (carrier === undefined) return "unsettled";
  propose(
    spot,
    { op: "copy", line: carrier.line },
    {
      ...carrier.pass,
      from: artifact.source,
      bytes: missingBytes(facets),
      evidence: evidenceToSend(facets, answer.kind === "known" ? answer.artifact : undefined),
      repair: true,
      reason: `there, but lacks ${lackWords(facets)}`,
    },
  );
  return facets.fault === undefined ? "repaired" : "unsettled";
}

/** Tells whether nothing of the closure and of the evidence was found to be missing. */
export function isWhole(facets: Facets): boolean {
  return facets.missing.length === 0 && facets.missingEvidence.length === 0;
}

/** All evidence, so that none is forgotten; only what has diverged at the target is never written over. */
function evidenceToSend(facets: Facets, source: SourceArtifact | undefined): readonly Evidence[] {
  const diverged = new Set(facets.divergedEvidence);
  return (source?.evidence ?? facets.missingEvidence).filter(
    (piece) => piece.form === "referrer" || !diverged.has(piece.tag),
  );
}

function missingBytes({ missing, missingEvidence }: Facets): number {
  const evidence = missingEvidence.map((piece) => piece.descriptor);
  return [...missing, ...evidence].reduce((sum, descriptor) => sum + descriptor.size, 0);
}

function lackWords({ missing, missingEvidence }: Facets): string {
  const words: string[] = [];
  if (missing.length > 0) {
    const names = listWords(missing.map((descriptor) => descriptor.digest).toSorted(), 2);
    words.push(`${countWords(missing.length, "part")} of its content (${names})`);
  }
  if (missingEvidence.length > 0) {
    const names = listWords(missingEvidence.map(evidenceName).toSorted(), 2);
    words.push(`${countWords(missingEvidence.length, "piece")} of its evidence (${names})`);
  }
  return words.join(" and ");
}

function evidenceName(piece: Evidence): string {
  return piece.form === "tag"
    ? piece.tag.slice(piece.tag.lastIndexOf("."))
    : (piece.descriptor.artifactType ?? piece.descriptor.digest);
}
