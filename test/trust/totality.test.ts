import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  artifactOfBytes,
  bestOf,
  examine,
  parseTrustedRoot,
  readEvidence,
  readEvidenceFile,
  verifyEvidence,
  type VerifyingAuthority,
} from "#trust";
import { parseDigest } from "#model";
import { envelope, keyBundle, keylessBundle, makePair, statement } from "../support/signing.ts";
import { makeInstance } from "../support/sigstore.ts";
import { ASK_NOTHING, keyAuthority, NOW, rootOf, workflowAuthority } from "../support/verifying.ts";

const ARTIFACT = artifactOfBytes(Buffer.from("an artifact"));
const PAYLOAD = statement(ARTIFACT.digests.get("sha256") ?? "");
const instance = makeInstance();
const pair = makePair();
const root = rootOf(instance.root);
const signed = envelope(PAYLOAD, [pair.privateKey]);
const SEEDS: readonly object[] = [
  keylessBundle(instance, PAYLOAD),
  keyBundle(signed, pair.hint),
  signed,
];
const AUTHORITIES: readonly VerifyingAuthority[] = [
  workflowAuthority(root, { evidence: { ...ASK_NOTHING, tlog: "required" } }),
  workflowAuthority(root, { evidence: { ...ASK_NOTHING, tlog: "none" } }),
  keyAuthority([pair.pem], { root }),
];
const OUTCOMES = new Set(["pass", "fail", "unknown"]);

/** Whatever was done to evidence: nothing is thrown, and what passes still says what was signed. */
function holds(bytes: Buffer): void {
  for (const authority of AUTHORITIES) {
    const request = { artifact: ARTIFACT, authority, wanted: undefined, now: NOW };
    const result = bestOf(verifyEvidence(readEvidenceFile(bytes), request));
    expect(OUTCOMES).toContain(result.outcome);
    if (result.outcome !== "pass") continue;
    expect(result.claim).toMatchObject({
      kind: "statement",
      statement: { predicate: { result: "passed" } },
    });
  }
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (value === null || typeof value !== "object") return [path];
  const entries = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, at) => (at === key ? replaced(item, rest, by) : item));
  if (value === null || typeof value !== "object") return by;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === key ? replaced(item, rest, by) : item,
    ]),
  );
}

describe("verification is total", () => {
  it("passes its seeds, so that the properties are about something", () => {
    for (const seed of SEEDS) {
      const bytes = Buffer.from(JSON.stringify(seed));
      const passing = AUTHORITIES.filter((authority) => {
        const request = { artifact: ARTIFACT, authority, wanted: undefined, now: NOW };
        return bestOf(verifyEvidence(readEvidenceFile(bytes), request)).outcome === "pass";
      });
      expect(passing.length).toBeGreaterThan(0);
    }
  });

  it("over bytes that were changed, cut or doubled", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SEEDS),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (seed, edits, cut) => {
          const bytes = Buffer.from(JSON.stringify(seed));
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          holds(bytes);
          holds(bytes.subarray(0, cut % bytes.length));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("over JSON in which any part is any other value", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SEEDS),
        fc.nat(),
        fc.oneof(
          fc.jsonValue(),
          fc.constantFrom<unknown>(
            null,
            "",
            "AAAA",
            "-1",
            -1,
            1e300,
            [],
            {},
            [[]],
            "9".repeat(400),
          ),
        ),
        (seed, at, by) => {
          const paths = pathsOf(seed);
          const path = paths[at % paths.length] ?? [];
          holds(Buffer.from(JSON.stringify(replaced(seed, path, by)) ?? ""));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("over any bytes under any media type, and any root", () => {
    const digest = parseDigest(`sha256:${"00".repeat(32)}`);
    if (digest === undefined) throw new Error("no digest");
    const types = [
      "application/vnd.dev.sigstore.bundle.v0.3+json",
      "application/vnd.dev.cosign.simplesigning.v1+json",
      "application/vnd.dsse.envelope.v1+json",
      "application/vnd.in-toto+json",
      "",
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    const annotation = fc.constantFrom(
      "dev.cosignproject.cosign/signature",
      "dev.sigstore.cosign/certificate",
      "dev.sigstore.cosign/bundle",
      "dev.sigstore.cosign/rfc3161timestamp",
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        bytes,
        fc.dictionary(annotation, fc.oneof(fc.base64String(), fc.json())),
        (mediaType, content, annotations) => {
          const blob = { mediaType, bytes: Buffer.from(content), annotations };
          readEvidence(blob);
          parseTrustedRoot(content);
          const authorities = new Map(AUTHORITIES.map((item, at) => [String(at), item]));
          const others = { artifact: ARTIFACT, authorities, now: NOW, others: [] };
          const fact = examine(blob, { ...others, digest, subject: digest });
          expect(fact.checks.some(({ outcome }) => outcome === "pass")).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.for([
    ["deep arrays", "[".repeat(200_000)],
    ["deep objects", `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`],
    ["a prototype", '{"__proto__":{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}}'],
    [
      "a constructor",
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","constructor":{"prototype":{"polluted":1}}}',
    ],
    [
      "a prototype within",
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"__proto__":{"content":1}}}',
    ],
    ["nothing", ""],
    ["null", "null"],
    ["a number", "1e999"],
    ["a page", "<!DOCTYPE html><title>502 Bad Gateway</title>"],
    [
      "a log index without end",
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":""},"tlogEntries":[{"logIndex":"99999999999999999999999999","logId":{"keyId":"AA=="},"kindVersion":{"kind":"dsse","version":"9"}}]}}',
    ],
  ] as const)("over %s", ([, text]) => {
    holds(Buffer.from(text));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("over a deep statement that was signed all the same", () => {
    const deep = Buffer.from(
      `{"_type":"https://in-toto.io/Statement/v1","predicate":${"[".repeat(5000)}${"]".repeat(5000)}}`,
    );
    const bytes = Buffer.from(JSON.stringify(envelope(deep, [pair.privateKey])));
    const [, , authority = keyAuthority([pair.pem])] = AUTHORITIES;
    const request = { artifact: ARTIFACT, authority, wanted: undefined, now: NOW };
    expect(bestOf(verifyEvidence(readEvidenceFile(bytes), request))).toMatchObject({
      outcome: "fail",
      check: "predicate",
      found: "it is nested deeper than 200",
    });
  });
});
