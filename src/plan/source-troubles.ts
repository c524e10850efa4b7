import {
  addressOf,
  SUPPORTED_STORES,
  type DesiredArtifact,
  type Digest,
  type Fault,
  type Repository,
  type SourceArtifact,
  type VersionLine,
} from "#model";
import {
  plannedAt,
  stepKey,
  type Draft,
  type SourceTrouble,
  type Spot,
  type Waiting,
} from "./draft.ts";
import { countWords, faultHint, listWords } from "./phrases.ts";
import { planOwnTags, TAG_WITH_COPY } from "./plan-tag.ts";

/** What the source says of a digest that some target lacks. */
export type SourceAnswer =
  | { readonly kind: "known"; readonly artifact: SourceArtifact }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly fault: Fault };

type SourceRefusal = Exclude<SourceAnswer, { kind: "known" }>;

/** Looks up what was observed of a digest at the artifact's source. */
export function askSource({ draft, artifact }: Spot, digest: Digest): SourceAnswer {
  const source = draft.input.actual.sources.get(artifact.source);
  const known = source?.artifacts.get(digest);
  if (known !== undefined) return { kind: "known", artifact: known };
  if (source?.absent.has(digest)) return { kind: "absent" };
  const fault = source?.faults.get(digest) ?? source?.fault;
  return { kind: "unknown", fault: fault ?? notObserved(artifact.source) };
}

/** What nobody asked about is unknown, never absent (promise 3). */
export function notObserved(repository: Repository): Fault {
  return {
    code: "not-observed",
    message: `${repository} was not looked at.`,
    hint: undefined,
    retryable: true,
  };
}

/** Tells whether a repository lies in a kind of store that can be read and written today (contract §1). */
export function isSupported(repository: Repository): boolean {
  return SUPPORTED_STORES.has(addressOf(repository).kind);
}

/**
 * Notes that the source cannot give what a place lacks. It is said once a version and channel, not once a site: the
 * trouble is the source's.
 */
export function noteSourceTrouble(
  waiting: Waiting,
  first: VersionLine,
  answer: SourceRefusal,
): void {
  const { draft, artifact, place } = waiting.spot;
  const at = `${artifact.id}\n${place.channel}\n${first.version}`;
  const noted = draft.sourceTroubles.get(at);
  if (noted !== undefined) {
    noted.waiting.push(waiting);
    return;
  }
  draft.sourceTroubles.set(at, {
    ...troubleWords(artifact, first, answer),
    artifact,
    line: first,
    channel: place.channel,
    waiting: [waiting],
  });
}

function troubleWords(
  artifact: DesiredArtifact,
  line: VersionLine,
  answer: SourceRefusal,
): Pick<SourceTrouble, "code" | "message" | "hint"> {
  const { source } = artifact;
  switch (answer.kind) {
    case "absent":
      return {
        code: "source-missing",
        message: `${source} does not hold ${line.digest}`,
        hint: `push ${line.version} to ${source} again with exactly this digest, or ${withdrawWords(artifact, line)}`,
      };
    case "unknown":
      return {
        code: "source-unknown",
        message: `what ${source} holds could not be read: ${answer.fault.message}`,
        hint: faultHint(answer.fault),
      };
  }
}

/** A thin manifest has no channels: its line is all there is of it (contract §2). */
function withdrawWords({ origin }: DesiredArtifact, { at }: VersionLine): string {
  return origin === "kpromo"
    ? `take it out of ${at.file}:${at.line}`
    : "take the channel off the version";
}

/**
 * Settles what waits once every copy is known: where another artifact brings the digest to the same repository only the
 * tags are left to do; the rest is blocked.
 */
export function settleSourceTroubles(draft: Draft): void {
  for (const trouble of draft.sourceTroubles.values()) {
    const lacking: Waiting[] = [];
    for (const waiting of trouble.waiting) {
      const { spot, line, tags } = waiting;
      if (plannedAt(draft, spot.place.repository, "copy", line.digest) === undefined)
        lacking.push(waiting);
      else planOwnTags(spot, { line, tags, reason: TAG_WITH_COPY });
    }
    if (lacking[0] !== undefined) blockTrouble(draft, trouble, lacking, lacking[0].spot);
  }
}

/** A missing source is no site's fault, so that best effort excuses nothing. */
function blockTrouble(
  draft: Draft,
  { artifact, line, code, channel, message, hint }: SourceTrouble,
  lacking: readonly Waiting[],
  first: Spot,
): void {
  const sites = [...new Set(lacking.map(({ spot }) => spot.place.site))];
  const isOne = sites.length === 1;
  const missing = isOne
    ? `${first.place.site} lacks it`
    : `${countWords(sites.length, "site")} lack it: ${listWords(sites)}`;
  draft.blocked.push({
    artifact: artifact.id,
    version: line.version,
    channel,
    site: isOne ? first.place.site : undefined,
    key: isOne ? stepKey(first, { op: "copy", line }) : undefined,
    code,
    reason: `${message}; ${missing}`,
    hint,
    bestEffort: false,
  });
}
