import { digestAlgorithm, type Manifest } from "#model";
import { parseManifest } from "../../manifest.ts";
import type { TagOutcome, TagWrite } from "../../port.ts";
import type { Client } from "./client.ts";
import { listReferrer } from "./fallback.ts";
import { mismatch } from "../../verified-stream.ts";
import { headManifest } from "./manifest-reads.ts";
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
  const { client, manifest, signal } = writing;
  const answer = await put(writing, { reference: manifest.digest });
  if (answer.kind === "refused") throw refusedManifest(writing, answer.problem);
  if (answer.digest === undefined || answer.digest === manifest.digest) return;
  // A registry that names it otherwise has stored what we asked for only if it also knows it by our name.
  const other = digestAlgorithm(answer.digest) !== digestAlgorithm(manifest.digest);
  if (other && (await headManifest(client, manifest.digest, signal)) !== undefined) return;
  const { digest, bytes } = manifest;
  const expected = { digest, size: bytes.length, repository: client.repository };
  throw mismatch(expected, `the digest ${answer.digest}`);
}
