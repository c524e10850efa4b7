import {
  addressOf,
  cosignTags,
  fillRevision,
  registryEntryOf,
  type ActualState,
  type AttestationPlacement,
  type Channel,
  type DesiredArtifact,
  type Digest,
  type Evidence,
  type ObservedTarget,
  type Place,
  type PlanNote,
  type RegistryHost,
  type Want,
} from "#model";
import type { PairAnswer } from "#inventory";
import type { PairState, PlanAttest, PlanInput } from "#plan";
import type { ReadStores } from "#stores";
import { chooseHome, evidenceRepository } from "./attach-rule.ts";
import type { TrustContext } from "./context.ts";
import { pairFinder, type PairFinder } from "./pair-finder.ts";

/** What our own statements are looked for with. */
export interface PairsOptions {
  readonly context: TrustContext;
  readonly stores: ReadStores;
  readonly hosts: readonly RegistryHost[];
  readonly now: Date;
}

/** One pair of statements that may be lacking. */
interface Candidate {
  readonly artifact: DesiredArtifact;
  readonly place: Place;
  readonly target: ObservedTarget;
  readonly digest: Digest;
  readonly placement: AttestationPlacement;
}

const PAIRS_AT_ONCE = 8;

/**
 * Looks for our own statements where a channel asks for them: about what is not completely placed, and in a deep run about
 * everything, so that a lost one is found (issue 5 §5). Undefined where no channel asks, and then nothing is read.
 */
export async function findPairs(
  input: PlanInput,
  options: PairsOptions,
  signal: AbortSignal,
): Promise<PlanAttest | undefined> {
  const { context } = options;
  const candidates = candidatesIn(input, context);
  const [first] = candidates;
  if (first === undefined) return undefined;
  const finder = await pairFinder(context, options);
  if (finder === undefined) return { pairs: new Map(), notes: [noSigning(candidates)] };
  const [{ attestSlot }, { eachAtOnce }] = await Promise.all([
    import("#plan"),
    import("#inventory"),
  ]);
  const pairs = new Map<string, PairState>();
  const notes: PlanNote[] = [];
  await eachAtOnce(PAIRS_AT_ONCE, candidates, async (candidate) => {
    const { place, digest } = candidate;
    const found = await look(candidate, { ...options, finder, actual: input.actual }, signal);
    pairs.set(attestSlot(place.repository, digest, place.channel), found.state);
    notes.push(...found.notes);
  });
  signal.throwIfAborted();
  return { pairs, notes };
}

function noSigning(candidates: readonly Candidate[]): PlanNote {
  const channels = [...new Set(candidates.map(({ place }) => place.channel))].toSorted();
  return {
    code: "not-attested",
    message: `${channels.join(", ")} ${channels.length === 1 ? "asks" : "ask"} for attestation, and policies/trust.yaml names nobody who signs (signing): nothing is attested`,
  };
}

function candidatesIn(input: PlanInput, { channels }: TrustContext): readonly Candidate[] {
  const { desired, actual, scope } = input;
  const candidates: Candidate[] = [];
  for (const artifact of desired.artifacts) {
    if (scope.kind === "since" && !scope.artifacts.includes(artifact.id)) continue;
    for (const place of artifact.places) {
      const placement = placementAt(channels.get(place.channel));
      const target = actual.targets.get(place.repository);
      if (placement === undefined || target === undefined || target.fault !== undefined) continue;
      for (const digest of digestsOf(place.wants, target, actual))
        candidates.push({ artifact, place, target, digest, placement });
    }
  }
  return candidates;
}

function placementAt(channel: Channel | undefined): AttestationPlacement | undefined {
  const placement = channel?.attestation;
  return placement?.attach === "none" ? undefined : placement;
}

/** Each digest once. */
function digestsOf(
  wants: readonly Want[],
  target: ObservedTarget,
  actual: ActualState,
): ReadonlySet<Digest> {
  const open =
    actual.depth === "deep" ? wants : wants.filter((want) => !isPlaced(want, target, actual));
  return new Set(open.map(({ line }) => line.digest));
}

function isPlaced(
  { line, tags }: Want,
  target: ObservedTarget,
  { revisions }: ActualState,
): boolean {
  if (target.facets.has(line.digest)) return false;
  const revision = revisions.get(line.digest);
  return tags.length === 0
    ? target.digests.has(line.digest)
    : tags.every((tag) => target.tags.get(fillRevision(tag, revision) ?? "") === line.digest);
}

interface Looking extends PairsOptions {
  readonly finder: PairFinder;
  readonly actual: ActualState;
}

interface Found {
  readonly state: PairState;
  readonly notes: readonly PlanNote[];
}

async function look(candidate: Candidate, looking: Looking, signal: AbortSignal): Promise<Found> {
  const { digest, place, placement } = candidate;
  const answer = await answerFor(candidate, looking, signal);
  const fault = answer.kind === "unknown" ? answer.fault : undefined;
  if (answer.kind === "known" && answer.missing.size === 0)
    return { state: { kind: "there" }, notes: supersededNote(candidate, answer) };
  const home = chooseHome({
    placement,
    placed: place.repository,
    isHarbor: isHarbor(place, looking.hosts),
    referrers: answer.kind === "known" ? answer.referrers : [],
    carried: carriedWith(candidate, looking.actual),
    hasLegacyTag: cosignTags(digest).some(
      (tag) => tag.endsWith(".sig") && candidate.target.evidenceTags.has(tag),
    ),
  });
  if (home.kind === "full") return { state: home, notes: [] };
  const { repository, reason } = home;
  const { coverage } = placement;
  return {
    state: { kind: "lacking", repository, coverage, reason, fault },
    notes: answer.kind === "known" ? supersededNote(candidate, answer) : [],
  };
}

/** Looks where statements may lie, for every manifest that is covered; that manifest is at the source where the place lacks it. */
async function answerFor(
  { artifact, place, target, digest, placement }: Candidate,
  { finder, stores }: Looking,
  signal: AbortSignal,
): Promise<PairAnswer> {
  const { coverage } = placement;
  const at = target.digests.has(digest) ? place.repository : artifact.source;
  const manifest =
    coverage === "index" ? undefined : await finder.manifest(stores.read(at), digest, signal);
  if (manifest?.kind === "fault") return { kind: "unknown", fault: manifest.fault };
  const { coveredBy } = await import("#inventory");
  const subjects =
    manifest?.value === undefined
      ? [digest]
      : coveredBy(manifest.value, coverage).map((covered) => covered.digest);
  const beside = evidenceRepository(placement, place.repository);
  return finder.find(
    {
      placed: place.repository,
      digest,
      channel: place.channel,
      subjects,
      repositories: [...new Set([place.repository, beside])],
    },
    signal,
  );
}

/** Evidence about the digest itself, as far as its source was read. */
function carriedWith(
  { artifact, digest }: Candidate,
  { sources }: ActualState,
): readonly Evidence[] {
  const evidence = sources.get(artifact.source)?.artifacts.get(digest)?.evidence ?? [];
  return evidence.filter(({ subject }) => subject === digest);
}

function isHarbor({ repository }: Place, hosts: readonly RegistryHost[]): boolean {
  const address = addressOf(repository);
  return address.kind === "registry" && registryEntryOf(address.host, hosts)?.product === "harbor";
}

/** What nobody stands behind any more is listed: taking it away needs a credential that may delete (issue 5 §5). */
function supersededNote(
  { place, digest }: Candidate,
  { superseded }: Extract<PairAnswer, { readonly kind: "known" }>,
): readonly PlanNote[] {
  if (superseded.length === 0) return [];
  const message = `${place.repository}@${digest} has statements about ${place.channel} that no signer of the policy stands behind: ${superseded.slice(0, 5).join(", ")}; they count for nothing, and may be deleted by hand`;
  return [{ code: "superseded-statements", message }];
}
