/**
 * `program.mjs MODE COUNT PIECES FOLDER`: verifies COUNT pieces of keyless evidence and prints how long that took. Bundled
 * before it is run, as the product is. `one`: one after the other on this thread, the first ones not counted; `all`: as a
 * run has them in hand, on all cores; `kept`: so, with the proofs that are kept in FOLDER.
 */
import { readFileSync } from "node:fs";
import { parseDigest, type Digest, type EvidenceFact } from "#model";
import {
  artifactOfDigest,
  defaultRoot,
  openExaminer,
  parseTrustedRoot,
  type EvidenceBlob,
  type ExamineRequest,
  type VerifyingAuthority,
} from "#trust";
import { keepHeapSmall } from "../../src/cli/heap.ts";
import type { Pieces } from "./pieces.ts";

const COLD = 100;
/** As many as a run has in hand: four digests, and four pieces about each. */
const AT_ONCE = 16;
keepHeapSmall();
const [mode, count, file = "", folder = ""] = process.argv.slice(2);
const pieces = JSON.parse(readFileSync(file, "utf8")) as Pieces;
const authorities = new Map([["ci", authorityOf(pieces)]]);
const asked = Array.from({ length: Number(count) }, (_, number) => questionOf(number));

const { seconds, verified } = await (mode === "one" ? oneByOne() : together());
console.log(JSON.stringify({ seconds, verified }));

interface Question {
  readonly blob: EvidenceBlob;
  readonly request: ExamineRequest;
}

function questionOf(number: number): Question {
  const [bundle, text] = pieces.bundles[number % pieces.bundles.length] ?? [{}, ""];
  const digest = digestOf(text);
  // No two are the same piece, or the second would be known already.
  const annotations = { number: String(number) };
  const bytes = Buffer.from(JSON.stringify(bundle));
  return {
    blob: { mediaType: pieces.mediaType, bytes, annotations },
    request: {
      digest,
      subject: digest,
      artifact: artifactOfDigest(digest),
      authorities,
      now: new Date(),
      others: [],
    },
  };
}

function digestOf(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error(`${text} is no digest`);
  return digest;
}

function authorityOf({ root: document, issuer, sct }: Pieces): VerifyingAuthority {
  const read =
    document === undefined
      ? defaultRoot().root
      : parseTrustedRoot(Buffer.from(JSON.stringify(document)));
  if (typeof read === "string") throw new Error(read);
  return {
    kind: "keyless",
    issuer: { kind: "exactly", text: issuer },
    subject: { kind: "exactly", text: "whoever it was" },
    extensions: new Map(),
    root: read,
    evidence: { tlog: "required", inclusionProof: "required", timestamp: "optional", sct },
  };
}

interface Timed {
  /** Of one verification in `one`, of all of them otherwise. */
  readonly seconds: number;
  readonly verified: number;
}

async function oneByOne(): Promise<Timed> {
  using examiner = openExaminer({ expected: 0, kept: undefined, cores: 1 });
  let verified = 0;
  let start = performance.now();
  for (const [at, { blob, request }] of asked.entries()) {
    if (at === COLD) start = performance.now();
    if (isSigned(await examiner.examine(blob, request))) verified += 1;
  }
  return { seconds: (performance.now() - start) / 1000 / (asked.length - COLD), verified };
}

/** The signature, certificate, log and time hold; who it is, nobody asks here. */
function isSigned({ checks }: EvidenceFact): boolean {
  return checks[0]?.check === "identity" && checks[0].signer !== undefined;
}

async function together(): Promise<Timed> {
  const kept = mode === "kept" ? { folder, toolVersion: "bench" } : undefined;
  const start = performance.now();
  using examiner = openExaminer({ expected: asked.length, kept });
  const left = asked.values();
  let verified = 0;
  async function some(): Promise<void> {
    for (const { blob, request } of left)
      if (isSigned(await examiner.examine(blob, request))) verified += 1;
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return { seconds: (performance.now() - start) / 1000, verified };
}
