import { canonicalJson, type Change } from "#model";

/** What a change does, whatever stood there before: two changes of one key ask for the same. */
export function changeKey(change: Change): string {
  if (!("to" in change)) {
    const { kind, artifact, version = "", detail = "" } = change;
    return canonicalJson([kind, artifact, version, detail]);
  }
  const { kind, artifact, digest, channel, site, to } = change;
  return canonicalJson([
    kind,
    artifact,
    digest,
    channel,
    site,
    to,
    kind === "moves" ? change.tag : "",
  ]);
}

/** Path → what git calls its content there; a path that is not there has no entry. */
export type BlobsAtCommit = ReadonlyMap<string, string>;

/**
 * The commits at which every file of the scope is, byte for byte, what it is now: a review of one of them means what
 * there is now, whatever was pushed or merged beside it (issue 6 §3, intent).
 */
export function standingCommits(
  scope: readonly string[],
  now: BlobsAtCommit,
  reviewed: ReadonlyMap<string, BlobsAtCommit>,
): ReadonlySet<string> {
  return new Set(
    [...reviewed].flatMap(([commit, blobs]) =>
      scope.every((path) => blobs.get(path) === now.get(path)) ? [commit] : [],
    ),
  );
}
