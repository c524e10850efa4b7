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
  const { subject } = contents;
  const writing: Writing = { client, manifest, signal, stored: false, subject: undefined };
  if (subject === undefined) return write(writing, tags);
  return oneByOne(client, `${client.path}@${subject.digest}`, async () => {
    const outcomes = await write(writing, tags);
    if (writing.subject === subject.digest) client.can.referrers ??= true;
    else await listReferrer(client, { manifest, contents, subject }, signal);
    return outcomes;
  });
}

async function write(writing: Writing, tags: readonly TagWrite[]): Promise<readonly TagOutcome[]> {
  const { client, manifest } = writing;
  const outcomes = await writeTags(writing, tags);
  if (!writing.stored) await putByDigest(writing);
  client.cache.put(client.repository, manifest);
  return outcomes;
}

/**
 * Runs work after all other work of this run on the same subject: no registry has a lock, and one that keeps the list of
 * referrers itself may lose an entry too where two of them come at once (seen of olareg 0.1.2).
 */
async function oneByOne<T>(client: Client, subject: string, work: () => Promise<T>): Promise<T> {
  const { referrerWrites } = client.can;
  const before = referrerWrites.get(subject) ?? Promise.resolve();
  const mine = before.then(work, work);
  referrerWrites.set(subject, mine);
  try {
    return await mine;
  } finally {
    if (referrerWrites.get(subject) === mine) referrerWrites.delete(subject);
  }
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
