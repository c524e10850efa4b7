import { digestAlgorithm, type Digest, type Manifest } from "#model";
import type { TagOutcome, TagWrite } from "../../port.ts";
import { StoreError } from "../../store-error.ts";
import { mismatch } from "../../verified-stream.ts";
import type { Client } from "./client.ts";
import { protectsTag } from "./harbor.ts";
import { sendManifest, type ManifestPut, type PutAnswer } from "./manifest-put.ts";
import { headManifest } from "./manifest-reads.ts";
import type { Problem } from "./problem.ts";
import { invalidAnswer, refusalOf } from "./refusal.ts";

/** One manifest being written, and what has come of it so far. */
export interface Writing {
  readonly client: Client;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  /** Some PUT has stored the manifest. */
  stored: boolean;
  /** What `OCI-Subject` named. */
  subject: string | undefined;
}

/** Sends the manifest and notes what the answer says of it. */
export async function put(writing: Writing, request: ManifestPut): Promise<PutAnswer> {
  const { client, manifest, signal } = writing;
  const answer = await sendManifest(client, manifest, request, signal);
  if (answer.kind === "stored") {
    if (!answer.created && answer.digest === undefined) await mustHold(writing, request);
    writing.stored = true;
    writing.subject ??= answer.subject;
  }
  return answer;
}

/** A success that names no digest and is no 201 may be a proxy's: the registry itself is asked. */
async function mustHold(
  { client, manifest, signal }: Writing,
  { reference }: ManifestPut,
): Promise<void> {
  const held = await headManifest(client, reference, signal);
  if (held?.descriptor.digest === manifest.digest) return;
  throw invalidAnswer(
    client,
    `it answered the PUT of ${reference} as if it had taken it, and does not hold it`,
    manifest.digest,
  );
}

/** Writes a manifest under tags: all in one request where the host can, else one by one. */
export async function writeTags(
  writing: Writing,
  tags: readonly TagWrite[],
): Promise<readonly TagOutcome[]> {
  const outcomes = new Map<string, TagOutcome>();
  const sha512 = digestAlgorithm(writing.manifest.digest) === "sha512";
  if ((tags.length > 1 || (sha512 && tags.length > 0)) && writing.client.can.ociTag !== false)
    for (const outcome of await writeTogether(writing, tags)) outcomes.set(outcome.tag, outcome);
  // New tags first: once the manifest is there, whatever a move runs into is that tag's failure and no other's.
  for (const write of tags.toSorted((a, b) => rank(a) - rank(b))) {
    if (outcomes.has(write.tag)) continue;
    outcomes.set(
      write.tag,
      sha512 ? wrongAlgorithm(writing, write) : await writeOne(writing, write),
    );
  }
  return tags.flatMap((write) => outcomes.get(write.tag) ?? []);
}

function rank({ expect }: TagWrite): number {
  return expect === undefined ? 0 : 1;
}

/**
 * PUT by digest with `?tag=` for each, checked first and, where they move, read back. An answer without `OCI-Tag`
 * means that the host ignored the parameter: then nothing is decided here, and the manifest is stored all the same.
 */
async function writeTogether(
  writing: Writing,
  writes: readonly TagWrite[],
): Promise<readonly TagOutcome[]> {
  const { client, manifest } = writing;
  const decided: TagOutcome[] = [];
  const open: TagWrite[] = [];
  for (const write of writes) {
    const before = write.expect === undefined ? undefined : await settledBefore(writing, write);
    if (before === undefined) open.push(write);
    else if (before !== "not known") decided.push(before);
  }
  if (open.length === 0) return decided;
  const tags = open.map(({ tag }) => tag);
  const answer = await put(writing, { reference: manifest.digest, tags });
  if (answer.kind === "refused") {
    if (!isTagProblem(answer.problem)) throw refusedManifest(writing, answer.problem);
    return decided;
  }
  client.can.ociTag ??= answer.tags !== undefined;
  for (const write of open)
    if (answer.tags?.has(write.tag)) decided.push(await readBack(writing, write, answer.digest));
  return decided;
}

async function writeOne(writing: Writing, write: TagWrite): Promise<TagOutcome> {
  try {
    return write.expect === undefined ? await create(writing, write) : await move(writing, write);
  } catch (error) {
    // The tag's own failure, once the manifest itself is there; else the manifest's.
    if (!writing.stored || !(error instanceof StoreError)) throw error;
    return { tag: write.tag, kind: "failed", error };
  }
}

/** A new tag. `If-None-Match: *` is kept by few registries and harms none; the answer's digest is the read-back. */
async function create(writing: Writing, write: TagWrite): Promise<TagOutcome> {
  const headers = { "if-none-match": "*" };
  const answer = await put(writing, { reference: write.tag, headers });
  if (answer.kind === "refused") return afterRefusal(writing, write, answer.problem);
  return named(writing, write, answer.digest ?? writing.manifest.digest);
}

/** A move: look, compare, write (on condition where the host gave an ETag), look again. */
async function move(writing: Writing, write: TagWrite): Promise<TagOutcome> {
  const { client, signal } = writing;
  const now = await headManifest(client, write.tag, signal);
  const before = settled(writing, write, now?.descriptor.digest);
  if (before !== undefined) return before;
  const headers = now?.etag === undefined ? {} : { "if-match": now.etag };
  const answer = await put(writing, { reference: write.tag, headers });
  if (answer.kind === "refused") return afterRefusal(writing, write, answer.problem);
  return readBack(writing, write, answer.digest);
}

async function settledBefore(
  writing: Writing,
  write: TagWrite,
): Promise<TagOutcome | "not known" | undefined> {
  try {
    const now = await headManifest(writing.client, write.tag, writing.signal);
    return settled(writing, write, now?.descriptor.digest);
  } catch (error) {
    // The tag is tried again by itself, after those that are known.
    if (error instanceof StoreError) return "not known";
    throw error;
  }
}

/** What is decided before a move is written: somebody has done it already, or something else. */
function settled(
  writing: Writing,
  { tag, expect }: TagWrite,
  found: Digest | undefined,
): TagOutcome | undefined {
  if (found === writing.manifest.digest) {
    writing.stored = true;
    return { tag, kind: "written" };
  }
  return found === expect ? undefined : { tag, kind: "moved", found };
}

async function readBack(
  writing: Writing,
  write: TagWrite,
  answered: Digest | undefined,
): Promise<TagOutcome> {
  const { manifest, client, signal } = writing;
  const outcome = named(writing, write, answered ?? manifest.digest);
  if (outcome.kind !== "written" || write.expect === undefined) return outcome;
  const after = (await headManifest(client, write.tag, signal))?.descriptor.digest;
  return after === manifest.digest ? outcome : { tag: write.tag, kind: "moved", found: after };
}

/** The outcome of a tag write by the digest that the store's answer named. */
function named({ client, manifest }: Writing, { tag }: TagWrite, digest: Digest): TagOutcome {
  if (digest === manifest.digest) return { tag, kind: "written" };
  const expected = { digest: manifest.digest, size: 0, repository: client.repository };
  return { tag, kind: "failed", error: mismatch(expected, `the digest ${digest}`) };
}

/** After a no that may be the tag's: what does it name now? */
async function afterRefusal(
  writing: Writing,
  write: TagWrite,
  problem: Problem,
): Promise<TagOutcome> {
  if (!isTagProblem(problem)) throw refusedManifest(writing, problem);
  const { client, manifest, signal } = writing;
  const found = (await headManifest(client, write.tag, signal))?.descriptor.digest;
  const done = found === manifest.digest;
  if (done) writing.stored = true;
  if (done) return { tag: write.tag, kind: "written" };
  if (found !== write.expect) return { tag: write.tag, kind: "moved", found };
  const error = refusalOf(client, problem, `write the tag ${write.tag}`, manifest.digest);
  return { tag: write.tag, kind: "failed", error };
}

/** Answers that say no to a tag, or may: a condition, a conflict, a rule, a right. */
function isTagProblem(problem: Problem): boolean {
  return [403, 409, 412].includes(problem.status) || protectsTag(problem);
}

/** The error of a manifest that the registry does not take. */
export function refusedManifest({ client, manifest }: Writing, problem: Problem): StoreError {
  const { digest } = manifest;
  // Distribution takes blobs by sha512, and says of such a manifest that its bytes are wrong, which they are not.
  if (digestAlgorithm(digest) === "sha512" && problem.codes.includes("DIGEST_INVALID"))
    return sha256Only(client, manifest, `it takes no manifest by a sha512 digest`);
  return refusalOf(client, problem, `take the manifest ${digest}`, digest);
}

/** A tag that is written by its name always names the sha256 of the bytes. */
function wrongAlgorithm({ client, manifest }: Writing, { tag }: TagWrite): TagOutcome {
  const error = sha256Only(client, manifest, `the tag ${tag} would name it by its sha256`);
  return { tag, kind: "failed", error };
}

function sha256Only(client: Client, { digest }: Manifest, because: string): StoreError {
  return new StoreError({
    code: "unsupported",
    message: `${client.repository} cannot hold ${digest} under that name: ${because}`,
    hint: "promote the sha256 digest of the same bytes, or use a registry that knows sha512 and ?tag= (OCI-Tag)",
    repository: client.repository,
    digest,
    retryable: false,
  });
}
