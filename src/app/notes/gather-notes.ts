import type { SourceOrigin } from "#inventory";
import type {
  DesiredArtifact,
  NotesChanges,
  NotesSource,
  ReleaseNotes,
  Repository,
  VersionLine,
} from "#model";
import type { ReadStores } from "#stores";
import { NO_SOURCE, type SourceForges, type SourceRepository } from "./source-forges.ts";

/** Which version notes are about, and what it is compared with. */
export interface NotesQuestion {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: string | undefined;
  readonly against: VersionLine | undefined;
}

/** With what notes are gathered. */
export interface NotesReading {
  readonly stores: ReadStores;
  readonly forges: SourceForges;
}

/**
 * Gathers what a version brings, from its own annotations and the pull requests of its source repository (002-23). What
 * could not be read is said in the answer; nothing of it is thrown, because notes decide nothing.
 */
export async function gatherNotes(
  question: NotesQuestion,
  reading: NotesReading,
  signal: AbortSignal,
): Promise<ReleaseNotes> {
  const { artifact, line, channel, against } = question;
  const { source, changes } = await readChanges(question, reading, signal);
  return {
    artifact: artifact.id,
    version: line.version,
    digest: line.digest,
    channel,
    against: against?.version,
    source,
    changes,
  };
}

interface Told {
  readonly source: NotesSource;
  readonly changes: NotesChanges;
}

async function readChanges(
  { artifact, line, channel, against }: NotesQuestion,
  { stores, forges }: NotesReading,
  signal: AbortSignal,
): Promise<Told> {
  const holders = holdersOf(artifact, channel);
  const now = await originOf(line, { stores, holders }, signal);
  if (typeof now === "string") return { source: NO_SOURCE, changes: unread(now) };
  const { platforms, revision } = now;
  const repository = now.source === undefined ? undefined : await forges(now.source);
  const source = { ...NO_SOURCE, url: repository?.url, to: revision, platforms };
  if (against === undefined)
    return { source, changes: unread("There is nothing to compare it with.") };
  const was = await originOf(against, { stores, holders }, signal);
  if (typeof was === "string") return { source, changes: unread(was) };
  const why = whyNoRange({ now, was, repository }, { line, against });
  if (why !== undefined || repository === undefined || revision === undefined)
    return { source, changes: unread(why ?? "") };
  const from = was.revision ?? "";
  const compareUrl = repository.compareUrl(from, revision);
  return {
    source: { ...source, from, compareUrl },
    changes: await mergedIn(repository, { from, to: revision }, signal),
  };
}

function unread(why: string): NotesChanges {
  return { kind: "unread", why };
}

/** The source first, which has what no place has yet; then the places of the channel, which keep what the source may lose. */
function holdersOf(
  { source, places }: DesiredArtifact,
  channel: string | undefined,
): readonly Repository[] {
  const own = places.filter((place) => place.channel === channel);
  return [...new Set([source, ...own.map(({ repository }) => repository)])];
}

interface Looking {
  readonly stores: ReadStores;
  readonly holders: readonly Repository[];
}

/** What a version says of itself; or why that is not known. */
async function originOf(
  { version, digest }: VersionLine,
  { stores, holders }: Looking,
  signal: AbortSignal,
): Promise<SourceOrigin | string> {
  const { attempt, readOrigin } = await import("#inventory");
  let fault: string | undefined;
  for (const holder of holders) {
    const read = await attempt(async () => readOrigin(stores.read(holder), digest, signal));
    signal.throwIfAborted();
    if (read.kind === "fault") fault ??= read.fault.message;
    else if (read.value !== undefined) return read.value;
  }
  return `${version} could not be read: ${fault ?? `it is not in ${holders.join(" or ")}.`}`;
}

interface Ends {
  readonly now: SourceOrigin;
  readonly was: SourceOrigin;
  readonly repository: SourceRepository | undefined;
}

interface Lines {
  readonly line: VersionLine;
  readonly against: VersionLine;
}

function whyNoRange({ now, was, repository }: Ends, { line, against }: Lines): string | undefined {
  for (const [origin, { version }] of [
    [now, line],
    [was, against],
  ] as const)
    if (origin.source === undefined || origin.revision === undefined)
      return `${version} does not say from which commit it was made (org.opencontainers.image.source and .revision).`;
  if (now.source !== was.source)
    return `${against.version} was made from another repository, ${was.source ?? ""}.`;
  return repository === undefined
    ? `It was made from ${now.source ?? ""}, which is no repository of the GitHub that this one is on.`
    : undefined;
}

async function mergedIn(
  repository: SourceRepository,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<NotesChanges> {
  const { ForgeError } = await import("#scm");
  try {
    const merged = await repository.mergedBetween(from, to, signal);
    if (merged !== undefined) return { kind: "read", ...merged };
    return unread(`${repository.name} has no such commits, or this token may not read it.`);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    signal.throwIfAborted();
    return unread([error.message, error.hint].filter((word) => word !== undefined).join(" "));
  }
}
