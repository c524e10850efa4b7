import {
  addressOf,
  SUPPORTED_STORES,
  type Digest,
  type Fault,
  type Repository,
  type SourceArtifact,
  type VersionLine,
} from "#model";
import { stepKey, type Draft, type SourceTrouble, type Spot } from "./draft.ts";
import { countWords, faultHint, listWords } from "./phrases.ts";

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
export function noteSourceTrouble(spot: Spot, line: VersionLine, answer: SourceRefusal): void {
  const { draft, artifact, place } = spot;
  const at = `${artifact.id}\n${place.channel}\n${line.version}`;
  const noted = draft.sourceTroubles.get(at);
  if (noted !== undefined) {
    if (!noted.sites.includes(place.site)) noted.sites.push(place.site);
    return;
  }
  draft.sourceTroubles.set(at, {
    ...troubleWords(artifact.source, line, answer),
    artifact,
    line,
    channel: place.channel,
    sites: [place.site],
    key: stepKey(spot, { op: "copy", line }),
  });
}

function troubleWords(
  source: Repository,
  line: VersionLine,
  answer: SourceRefusal,
): Pick<SourceTrouble, "code" | "message" | "hint"> {
  switch (answer.kind) {
    case "absent":
      return {
        code: "source-missing",
        message: `${source} does not hold ${line.digest}`,
        hint: `push ${line.version} to ${source} again with exactly this digest, or take the channel off the version`,
      };
    case "unknown":
      return {
        code: "source-unknown",
        message: `what ${source} holds could not be read: ${answer.fault.message}`,
        hint: faultHint(answer.fault),
      };
  }
}

/** Turns the noted troubles into blocked items. A missing source is no site's fault, so that best effort excuses nothing. */
export function blockSourceTroubles(draft: Draft): void {
  for (const trouble of draft.sourceTroubles.values()) {
    const { artifact, line, code, channel, sites } = trouble;
    const only = sites.length === 1;
    const missing = only
      ? `${sites[0] ?? ""} lacks it`
      : `${countWords(sites.length, "site")} lack it`;
    draft.blocked.push({
      artifact: artifact.id,
      version: line.version,
      channel,
      site: only ? sites[0] : undefined,
      key: only ? trouble.key : undefined,
      code,
      reason: `${trouble.message}; ${missing}${only ? "" : `: ${listWords(sites)}`}`,
      hint: trouble.hint,
      bestEffort: false,
    });
  }
}
