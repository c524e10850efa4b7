import { cosignTags, compareText, fallbackTag, type Digest, type Fault } from "#model";
import type { ReadRepository } from "#stores";
import { attempt, type Attempt } from "../attempt.ts";

/** A manifest that may hold evidence, and what binds it to its subject. */
export interface FoundManifest {
  readonly digest: Digest;
  readonly by: "referrer" | "tag";
  /** What the listing says that it is; a hint and no more. */
  readonly hint: string | undefined;
}

/** What was found about one subject at one repository, and what could not be looked at. */
export interface FoundManifests {
  readonly manifests: readonly FoundManifest[];
  readonly faults: readonly Fault[];
}

/** Looks for evidence about a digest: referrers API ∪ fallback index ∪ cosign's tags (issue 5 §3). */
export async function findEvidence(
  repository: ReadRepository,
  subject: Digest,
  tags: Attempt<ReadonlySet<string>>,
  signal: AbortSignal,
): Promise<FoundManifests> {
  if (tags.kind === "fault") {
    const referrers = await referrersOf(repository, subject, undefined, signal);
    return { manifests: referrers.manifests, faults: [tags.fault, ...referrers.faults] };
  }
  const listed = tags.value;
  const fallback = listed.has(fallbackTag(subject)) ? undefined : "not-listed";
  const named = cosignTags(subject).filter((tag) => listed.has(tag));
  const parts = await Promise.all([
    referrersOf(repository, subject, fallback, signal),
    ...named.map((tag) => taggedBy(repository, tag, signal)),
  ]);
  return {
    manifests: parts.flatMap(({ manifests }) => manifests),
    faults: parts.flatMap(({ faults }) => faults),
  };
}

async function referrersOf(
  repository: ReadRepository,
  subject: Digest,
  fallback: "not-listed" | undefined,
  signal: AbortSignal,
): Promise<FoundManifests> {
  const answer = await attempt(() => repository.referrers(subject, signal, fallback));
  if (answer.kind === "fault") return { manifests: [], faults: [answer.fault] };
  const manifests = answer.value.map(({ digest, artifactType }) => ({
    digest,
    by: "referrer" as const,
    hint: artifactType,
  }));
  return { manifests: manifests.toSorted(likelyFirst), faults: [] };
}

/** Known kinds of evidence first, so that a flood of something else pushes none of it past the cap; then by digest. */
function likelyFirst(a: FoundManifest, b: FoundManifest): number {
  return rank(a) - rank(b) || compareText(a.digest, b.digest);
}

const KNOWN = /sigstore\.bundle|dsse|in-toto|spdx|cyclonedx|cosign/;

function rank({ hint }: FoundManifest): number {
  return hint !== undefined && KNOWN.test(hint) ? 0 : 1;
}

async function taggedBy(
  repository: ReadRepository,
  tag: string,
  signal: AbortSignal,
): Promise<FoundManifests> {
  const head = await attempt(() => repository.head(tag, signal));
  if (head.kind === "fault") return { manifests: [], faults: [head.fault] };
  // Listed, and taken away since: tags are names, and this one names nothing now.
  if (head.value === undefined) return { manifests: [], faults: [] };
  return { manifests: [{ digest: head.value.digest, by: "tag", hint: undefined }], faults: [] };
}
