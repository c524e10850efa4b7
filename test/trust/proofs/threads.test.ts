import { describe, expect, it } from "vitest";
import { artifactOfDigest, examine, openExaminer, type ExamineRequest } from "#trust";
import type { Digest } from "#model";
import { readFound } from "../../../src/trust/examine.ts";
import { ProofThreads } from "../../../src/trust/proofs/proof-threads.ts";
import { keylessBundle, makePair, messageBundle, statement } from "../../support/signing.ts";
import { makeInstance } from "../../support/sigstore.ts";
import {
  ASK_NOTHING,
  keyAuthority,
  NOW,
  rootOf,
  workflowAuthority,
} from "../../support/verifying.ts";

const instance = makeInstance();
const root = rootOf(instance.root);
const pair = makePair();
const authorities = new Map([
  ["ci", workflowAuthority(root)],
  ["others", workflowAuthority(root, { subject: "https://example.com/another" })],
  ["release", keyAuthority([pair.pem], { root })],
]);

interface Piece {
  readonly found: {
    readonly mediaType: string;
    readonly bytes: Buffer;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly request: ExamineRequest;
}

function piece(number: number, bundle: object = keyless(number)): Piece {
  const digest: Digest = `sha256:${hexOf(number)}` as Digest;
  const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  return {
    found: { mediaType, bytes: Buffer.from(JSON.stringify(bundle)), annotations: {} },
    request: {
      digest,
      subject: digest,
      artifact: artifactOfDigest(digest),
      authorities,
      now: NOW,
      others: [],
    },
  };
}

function hexOf(number: number): string {
  return number.toString(16).padStart(64, "0");
}

function keyless(number: number): object {
  return keylessBundle(instance, statement(hexOf(number)));
}

function tampered(number: number): object {
  const bundle = keylessBundle(instance, statement(hexOf(number)));
  const payload = statement(hexOf(number), { predicate: {} }).toString("base64");
  return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } };
}

/** Good, tampered with, about another digest, by a key, and no evidence at all. */
function mixture(count: number): readonly Piece[] {
  return Array.from({ length: count }, (_, number) => {
    if (number % 5 === 1) return piece(number, tampered(number));
    if (number % 5 === 2) return piece(number, keyless(number + 1));
    if (number % 5 === 3) return piece(number, messageBundle(pair, Buffer.from("a file")));
    return number % 5 === 4 ? piece(number, { no: "evidence" }) : piece(number);
  });
}

describe("evidence, examined on several threads", () => {
  it.for([1, 2, 4])("is told the same as on one, with %i cores", async (cores) => {
    const pieces = mixture(40);
    using examiner = openExaminer({ expected: 1000, kept: undefined, cores });
    const facts = await Promise.all(
      pieces.map(({ found, request }) => examiner.examine(found, request)),
    );
    expect(facts).toEqual(pieces.map(({ found, request }) => examine(found, request)));
    expect(facts.filter(({ checks }) => checks[0]?.outcome === "pass")).toHaveLength(8);
  });

  it("starts none below a few hundred, and one for each other core above", async () => {
    const { artifact } = piece(1).request;
    const work = { sealed: [], artifact, authority: workflowAuthority(root), basis: "a" };
    using threads = new ProofThreads(10, 3);
    for (let number = 0; number < 200; number += 1) await threads.prove(work);
    expect(threads.size).toBe(0);
    await threads.prove(work);
    expect(threads.size).toBe(2);
    using more = new ProofThreads(1000, 3);
    await more.prove(work);
    expect(more.size).toBe(2);
    using alone = new ProofThreads(1000, 1);
    await alone.prove(work);
    expect(alone.size).toBe(0);
  });

  it("are asked in earnest: what is proved there knows nothing of what is known here", async () => {
    const { found, request } = piece(1);
    const evidence = readFound(found);
    if (evidence.kind !== "signed") throw new Error("it is signed");
    const work = { sealed: evidence.sealed, artifact: request.artifact, basis: "a" };
    // Another thread makes the authority from the files of its root; here it has an empty one.
    const hollow = { ...root, material: rootOf({ ...instance.root, tlogs: [] }).material };
    const authority = workflowAuthority(hollow, { evidence: { ...ASK_NOTHING, tlog: "required" } });
    using threads = new ProofThreads(1000, 2);
    const [proof] = await threads.prove({ ...work, authority });
    expect(proof?.checks.map(({ outcome }) => outcome)).toEqual(["pass", "pass", "pass", "pass"]);
    using alone = new ProofThreads(1000, 1);
    const [here] = await alone.prove({ ...work, authority });
    expect(here?.checks.at(-1)).toMatchObject({ check: "log", outcome: "fail" });
  });

  it("answers for a thread that is ended with work in hand", async () => {
    const pieces = mixture(30);
    const examiner = openExaminer({ expected: 1000, kept: undefined, cores: 3 });
    const facts = Promise.all(pieces.map(({ found, request }) => examiner.examine(found, request)));
    await new Promise((resolve) => setImmediate(resolve));
    examiner[Symbol.dispose]();
    expect(await facts).toEqual(pieces.map(({ found, request }) => examine(found, request)));
  });
});
