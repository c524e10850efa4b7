import type { Manifest } from "#model";
import { parseManifest } from "../../manifest.ts";
import type { TagOutcome, TagWrite } from "../../port.ts";
import type { Client } from "./client.ts";
import { listReferrer } from "./fallback.ts";
import { mismatch } from "../../verified-stream.ts";
import { put, refusedManifest, writeTags, type Writing } from "./tag-writes.ts";

/**
 * Writes a manifest under its tags, or by its digest where there are none, or where none of the tags would have it: what
 * returns is stored. One with a subject is listed among its referrers before this returns.
 */
export async function putManifest(
  client: Client,
  manifest: Manifest,
  tags: readonly TagWrite[],
  signal: AbortSignal,
): Promise<readonly TagOutcome[]> {
  const contents = parseManifest(manifest, client.repository);
  const writing: Writing = { client, manifest, signal, stored: false, subject: undefined };
  const outcomes = await writeTags(writing, tags);
  if (!writing.stored) await putByDigest(writing);
  client.cache.put(client.repository, manifest);
  if (contents.subject !== undefined) {
    const listed = writing.subject === contents.subject.digest;
    if (listed) client.can.referrers ??= true;
    else await listReferrer(client, { manifest, contents, subject: contents.subject }, signal);
  }
  return outcomes;
}

async function putByDigest(writing: Writing): Promise<void> {
  const answer = await put(writing, { reference: writing.manifest.digest });
  if (answer.kind === "refused") throw refusedManifest(writing, answer.problem);
  // A registry that stores it under another name has not stored what we asked for.
  const { client, manifest } = writing;
  if (answer.digest !== undefined && answer.digest !== manifest.digest)
    throw mismatch(
      { digest: manifest.digest, size: manifest.bytes.length, repository: client.repository },
      `the digest ${answer.digest}`,
    );
}
