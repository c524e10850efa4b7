import {
  fillRevision,
  type Coverage,
  type Digest,
  type Fault,
  type PlanNote,
  type Repository,
  type TrustDecision,
  type VersionLine,
} from "#model";
import { admit, blockRefused } from "./admit.ts";
import { block, note, plannedAt, propose, type Draft, type Spot } from "./draft.ts";
import { isWhole } from "./plan-copy.ts";
import { faultHint } from "./phrases.ts";
import { decisionAt, stepName } from "./trust.ts";

/** What is known of our own statements (issue 5 §5). */
export interface PlanAttest {
  /** By `attestSlot`; a pair that nobody looked for is not here, and nothing is planned for it. */
  readonly pairs: ReadonlyMap<string, PairState>;
  /** What is worth saying of them, and changes nothing. */
  readonly notes: readonly PlanNote[];
}

/** Our pair of statements about one digest in one repository and channel. */
export type PairState =
  /** A pair verifies under the signers of the policy in force, wherever it lies. */
  | { readonly kind: "there" }
  | {
      readonly kind: "lacking";
      /** Where it will go. */
      readonly repository: Repository;
      readonly coverage: Coverage;
      /** Why there, and what gates at the destination will see. */
      readonly reason: string;
      /** Whether it is there could not be told. */
      readonly fault: Fault | undefined;
    }
  /** So much refers to the digest already that readers of it would stop reading. */
  | { readonly kind: "full"; readonly referrers: number };

/** One name for one pair. */
export function attestSlot(repository: Repository, digest: Digest, channel: string): string {
  return `${repository}\n${digest}\n${channel}`;
}

/** Plans our statements, and says what is worth saying of them. */
export function planStatements(draft: Draft, spots: readonly Spot[]): void {
  for (const { code, message } of draft.input.attest?.notes ?? []) note(draft, code, message);
  for (const spot of spots) planAttest(spot);
}

/** Plans our statements about what a place holds or will hold: one action a digest and channel, and none where they are there. */
function planAttest(spot: Spot): void {
  const pairs = spot.draft.input.attest?.pairs;
  if (pairs === undefined || pairs.size === 0) return;
  const { repository, channel, wants } = spot.place;
  for (const { line } of wants) {
    const state = pairs.get(attestSlot(repository, line.digest, channel));
    if (state === undefined || state.kind === "there" || !willBeThere(spot, line.digest)) continue;
    planPair(spot, line, state);
  }
}

function willBeThere({ draft, place, target }: Spot, digest: Digest): boolean {
  if (isCopied({ draft, place }, digest)) return true;
  const facets = target.facets.get(digest);
  return target.digests.has(digest) && (facets === undefined || isWhole(facets));
}

function isCopied({ draft, place }: Pick<Spot, "draft" | "place">, digest: Digest): boolean {
  return plannedAt(draft, place.repository, "copy", digest) !== undefined;
}

function planPair(
  spot: Spot,
  line: VersionLine,
  state: Exclude<PairState, { readonly kind: "there" }>,
): void {
  const step = { op: "attest", line } as const;
  const admission = admit(spot, line);
  if (admission.kind === "shut") {
    // What is not copied was said by the copy.
    if (spot.target.digests.has(line.digest)) blockRefused(spot, admission.reasons, { line, step });
    return;
  }
  const isPlaced = !isCopied(spot, line.digest);
  if (state.kind === "full") return blockFull(spot, line, state.referrers);
  if (state.fault !== undefined && isPlaced) {
    const reason = `whether ${line.version} has our statements is not known: ${state.fault.message}`;
    return block(spot, {
      code: "target-unknown",
      step,
      reason,
      hint: faultHint(state.fault),
    });
  }
  const decision = decisionOf(spot, line);
  if (decision === undefined) return;
  const { repository, coverage, reason } = state;
  propose(spot, step, {
    ...admission.pass,
    reason: isPlaced ? `there without our statements; ${reason}` : reason,
    attest: { repository, coverage, decision, tags: tagsOf(spot, line.digest) },
  });
}

/** Of every version that the digest is there. */
function tagsOf({ draft, place }: Spot, digest: Digest): readonly string[] {
  const revision = draft.input.actual.revisions.get(digest);
  const names = place.wants
    .filter(({ line }) => line.digest === digest)
    .flatMap(({ tags }) => tags.flatMap((tag) => fillRevision(tag, revision) ?? []));
  return [...new Set(names)].toSorted();
}

/** While it is only asked which steps there are, nothing is decided, and no action is made of it. */
function decisionOf(
  { draft, artifact, place }: Spot,
  line: VersionLine,
): TrustDecision | undefined {
  const environment = draft.input.desired.sites.get(place.site)?.environment;
  const name = stepName({ artifact, line, channel: place.channel, environment });
  const decided = draft.input.trust?.decided;
  return decided && decisionAt(decided, name, place.site);
}

function blockFull(spot: Spot, line: VersionLine, referrers: number): void {
  block(spot, {
    code: "attest-limit",
    step: { op: "attest", line },
    reason: `${spot.place.repository}@${line.digest} has ${referrers} referrers, and some verifiers refuse an image with more than 50`,
    hint: `take superseded evidence away, or let the channel's attestation go beside it: attach: separate`,
    verdict: "refuse",
  });
}
