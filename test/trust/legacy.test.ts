import { describe, expect, it } from "vitest";
import { parseDigest, type Digest } from "#model";
import {
  artifactOfDigest,
  bestOf,
  readEvidence,
  verifyEvidence,
  type Verification,
  type VerifyingAuthority,
} from "#trust";
import { envelope, makePair, signBytes, statement } from "../support/signing.ts";
import { issue, logEntry, makeInstance, sha256 } from "../support/sigstore.ts";
import {
  ASK_NOTHING,
  check,
  keyAuthority,
  NOW,
  rootOf,
  workflowAuthority,
} from "../support/verifying.ts";

const DIGEST = digestOf("ab");
const ARTIFACT = artifactOfDigest(DIGEST);
const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const DSSE = "application/vnd.dsse.envelope.v1+json";
const instance = makeInstance();
const root = rootOf(instance.root);
const LOGGED = { ...ASK_NOTHING, tlog: "required" } as const;

function digestOf(pair: string): Digest {
  const digest = parseDigest(`sha256:${pair.repeat(32)}`);
  if (digest === undefined) throw new Error(pair);
  return digest;
}

function payload(digest: string = DIGEST, type = "cosign container image signature"): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "registry.example.com/payments/api" },
        image: { "docker-manifest-digest": digest },
        type,
      },
      optional: null,
    }),
  );
}

/** Rekor's answer as cosign keeps it in an annotation. */
function rekorBundle(entry: object): string {
  const { canonicalizedBody, integratedTime, logIndex, inclusionPromise, logId } = entry as {
    canonicalizedBody: string;
    integratedTime: string;
    logIndex: string;
    inclusionPromise: { signedEntryTimestamp: string };
    logId: { keyId: string };
  };
  return JSON.stringify({
    SignedEntryTimestamp: inclusionPromise.signedEntryTimestamp,
    Payload: {
      body: canonicalizedBody,
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: Buffer.from(logId.keyId, "base64").toString("hex"),
    },
  });
}

function verify(
  layer: { mediaType: string; bytes: Buffer; annotations: Record<string, string> },
  authority: VerifyingAuthority,
  wanted?: string,
): Verification {
  const request = { artifact: ARTIFACT, authority, wanted, now: NOW };
  return bestOf(verifyEvidence(readEvidence(layer), request));
}

function signatureLayer(bytes: Buffer, signature: Buffer, more: Record<string, string> = {}) {
  const annotations = {
    "dev.cosignproject.cosign/signature": signature.toString("base64"),
    ...more,
  };
  return { mediaType: SIMPLE_SIGNING, bytes, annotations };
}

describe("a layer of cosign's .sig", () => {
  const pair = makePair();
  const authority = keyAuthority([pair.pem]);

  it("verifies by key, and is a signature about the digest that it names", () => {
    const layer = signatureLayer(payload(), signBytes(pair.privateKey, payload()));
    expect(verify(layer, authority, "signature")).toMatchObject({ outcome: "pass" });
    expect(readEvidence(layer).form).toBe("legacy");
  });

  it.for([
    ["another digest", payload(digestOf("cd")), "subject"],
    ["another type", payload(DIGEST, "atomic container signature"), "predicate"],
    ["no digest", payload("latest"), "predicate"],
    ["no payload of that kind", Buffer.from("{}"), "predicate"],
    ["no JSON", Buffer.from("nonsense"), "predicate"],
  ] as const)("with %s is refused", ([, bytes, failing]) => {
    const layer = signatureLayer(bytes, signBytes(pair.privateKey, bytes));
    expect(verify(layer, authority)).toMatchObject({ outcome: "fail", check: failing });
  });

  it("verifies keyless, by certificate and Rekor's promise in annotations", () => {
    const issued = issue(instance);
    const bytes = payload();
    const signature = signBytes(issued.privateKey, bytes);
    const entry = logEntry(instance, {
      kind: "hashedrekord",
      verifier: issued.pem,
      signature,
      hash: sha256(bytes),
    });
    const annotations = {
      "dev.sigstore.cosign/certificate": issued.pem,
      "dev.sigstore.cosign/chain": issued.pem,
      "dev.sigstore.cosign/bundle": rekorBundle(entry),
    };
    const layer = signatureLayer(bytes, signature, annotations);
    const keyless = workflowAuthority(root, { evidence: LOGGED });
    expect(verify(layer, keyless, "signature")).toMatchObject({
      outcome: "pass",
      signer: { kind: "keyless" },
      trustedTime: "2026-06-01T12:00:01.000Z",
    });
    // Signature stripping (threat 19): without its log entry nothing says when it was made.
    const { "dev.sigstore.cosign/bundle": _, ...stripped } = annotations;
    expect(verify(signatureLayer(bytes, signature, stripped), keyless).check).toBe("log");
    expect(
      verify(signatureLayer(bytes, signature, stripped), workflowAuthority(root)),
    ).toMatchObject({ outcome: "fail", check: "time" });
    const blob = {
      base64Signature: signature.toString("base64"),
      cert: Buffer.from(issued.pem).toString("base64"),
      rekorBundle: JSON.parse(rekorBundle(entry)),
    };
    const about = {
      artifact: { bytes, digests: new Map([["sha256", sha256(bytes).toString("hex")] as const]) },
    };
    expect(check(blob, keyless, about)).toMatchObject({ outcome: "pass" });
    const other = logEntry(instance, {
      kind: "hashedrekord",
      verifier: issued.pem,
      signature: signBytes(issued.privateKey, bytes),
      hash: sha256(bytes),
    });
    const swapped = { ...blob, rekorBundle: JSON.parse(rekorBundle(other)) };
    expect(check(swapped, keyless, about)).toMatchObject({ outcome: "fail", check: "log" });
  });

  it.for([
    ["no signature", {}, "dev.cosignproject.cosign/signature"],
    ["a signature that is no base64", { "dev.cosignproject.cosign/signature": "*" }, "no base64"],
    ["a certificate that is none", { "dev.sigstore.cosign/certificate": "PEM" }, "certificate"],
    ["a Rekor bundle that is none", { "dev.sigstore.cosign/bundle": "<html>" }, "HTML"],
    ["half a Rekor bundle", { "dev.sigstore.cosign/bundle": '{"Payload":{}}' }, "body"],
    ["a timestamp that is none", { "dev.sigstore.cosign/rfc3161timestamp": "{}" }, "timestamp"],
    [
      "a huge annotation",
      { "dev.sigstore.cosign/bundle": " ".repeat(1024 * 1024 + 1) },
      "too large",
    ],
  ] as const)("with %s cannot be read, and says so", ([name, annotations, reason]) => {
    const signed = name.startsWith("no ") ? {} : { "dev.cosignproject.cosign/signature": "AAAA" };
    const layer = {
      mediaType: SIMPLE_SIGNING,
      bytes: payload(),
      annotations: { ...signed, ...annotations },
    };
    const result = verify(layer, authority);
    expect(result).toMatchObject({ outcome: "fail", check: "parse" });
    expect(result.found).toContain(reason);
  });
});

describe("a layer of cosign's .att", () => {
  it("verifies by key and keyless, as the statement that it is", () => {
    const pair = makePair();
    const bytes = statement(DIGEST.slice(7));
    const document = envelope(bytes, [pair.privateKey]);
    const layer = {
      mediaType: DSSE,
      bytes: Buffer.from(JSON.stringify(document)),
      annotations: { "dev.cosignproject.cosign/signature": "" },
    };
    expect(verify(layer, keyAuthority([pair.pem]), "https://example.com/qa/v1").outcome).toBe(
      "pass",
    );
    expect(readEvidence(layer).form).toBe("legacy");
    expect(readEvidence({ ...layer, annotations: {} }).form).toBe("dsse");

    const issued = issue(instance);
    const keyless = envelope(bytes, [issued.privateKey]);
    const entry = logEntry(instance, {
      kind: "dsse",
      verifier: issued.pem,
      signature: Buffer.from(keyless.signatures[0]?.sig ?? "", "base64"),
      hash: sha256(bytes),
    });
    const annotations = {
      "dev.sigstore.cosign/certificate": issued.pem,
      "dev.sigstore.cosign/bundle": rekorBundle(entry),
    };
    const logged = { ...layer, bytes: Buffer.from(JSON.stringify(keyless)), annotations };
    expect(verify(logged, workflowAuthority(root, { evidence: LOGGED })).outcome).toBe("pass");
  });

  it.for([
    ["no JSON", "nonsense"],
    ["no envelope", "{}"],
    ["no signatures", '{"payloadType":"a","payload":"YQ==","signatures":[]}'],
    ["an empty payload", '{"payloadType":"a","payload":"","signatures":[{"sig":"AAAA"}]}'],
    ["an empty signature", '{"payloadType":"a","payload":"YQ==","signatures":[{"sig":""}]}'],
  ] as const)("with %s cannot be read", ([, text]) => {
    const annotations = { "dev.cosignproject.cosign/signature": "" };
    const layer = { mediaType: DSSE, bytes: Buffer.from(text), annotations };
    expect(verify(layer, keyAuthority([makePair().pem])).check).toBe("parse");
  });
});
