import { describe, expect, it } from "vitest";
import { parseDigest, parsePattern, type Authority, type Digest } from "#model";
import {
  artifactOfDigest,
  examine,
  prepareAuthority,
  type ExamineRequest,
  type OtherVerifier,
  type VerifyingAuthority,
} from "#trust";
import {
  envelope,
  keyBundle,
  keylessBundle,
  makePair,
  QA,
  statement,
  V03,
} from "../support/signing.ts";
import { ISSUER, makeInstance, SUBJECT } from "../support/sigstore.ts";
import { ASK_NOTHING, keyAuthority, NOW, rootOf } from "../support/verifying.ts";

const SUBJECT_DIGEST = digestOf("ab");
const at = { file: "policies/trust.yaml", line: 1, column: 1 };

function digestOf(pair: string): Digest {
  const digest = parseDigest(`sha256:${pair.repeat(32)}`);
  if (digest === undefined) throw new Error(pair);
  return digest;
}

function request(
  authorities: Readonly<Record<string, VerifyingAuthority>>,
  others: readonly OtherVerifier[] = [],
): ExamineRequest {
  return {
    digest: digestOf("ee"),
    subject: SUBJECT_DIGEST,
    artifact: artifactOfDigest(SUBJECT_DIGEST),
    authorities: new Map(Object.entries(authorities)),
    now: NOW,
    others,
  };
}

function blob(document: object, mediaType = V03) {
  return { mediaType, bytes: Buffer.from(JSON.stringify(document)), annotations: {} };
}

describe("examined evidence", () => {
  const [ours, theirs] = [makePair(), makePair()];
  const payload = statement(SUBJECT_DIGEST.slice(7));
  const authorities = {
    qa: keyAuthority([ours.pem]),
    other: keyAuthority([theirs.pem]),
  };

  it("is a fact that says what became of it under each authority", () => {
    const bundle = keyBundle(envelope(payload, [ours.privateKey]), ours.hint);
    expect(examine(blob(bundle), request(authorities))).toMatchObject({
      digest: digestOf("ee"),
      form: "bundle",
      subject: SUBJECT_DIGEST,
      unsigned: false,
      content: { kind: "attestation", predicateType: QA, predicate: { result: "passed" } },
      checks: [
        { authority: "qa", outcome: "pass", signer: { kind: "key" } },
        { authority: "other", outcome: "fail", check: "identity" },
      ],
    });
  });

  it("shows each signer of an envelope once", () => {
    const document = envelope(payload, [ours.privateKey, theirs.privateKey, ours.privateKey]);
    const both = keyAuthority([ours.pem, theirs.pem]);
    const fact = examine(
      blob(document, "application/vnd.dsse.envelope.v1+json"),
      request({ both }),
    );
    expect(fact.checks.map(({ outcome, signer }) => [outcome, signer?.kind])).toEqual([
      ["pass", "key"],
      ["pass", "key"],
    ]);
    expect(fact.form).toBe("dsse");
  });

  it("without a signature is unsigned, whoever is asked", () => {
    const fact = examine(
      blob(JSON.parse(payload.toString()), "application/vnd.in-toto+json"),
      request(authorities),
    );
    expect(fact).toMatchObject({
      unsigned: true,
      form: "in-toto",
      content: { kind: "attestation", predicateType: QA },
      checks: [{ outcome: "fail", check: "crypto" }, { outcome: "fail" }],
    });
  });

  it.for([
    ["application/jose+json", "notation"],
    ["application/cose", "notation"],
    ["application/octet-stream", "other"],
  ] as const)("of the type %s is there, and not evaluated", ([mediaType, form]) => {
    const fact = examine(blob({}, mediaType), request(authorities));
    expect(fact).toMatchObject({ form, content: { kind: "unreadable" } });
    expect(fact.content.kind === "unreadable" && fact.content.why).toContain(
      "present, not evaluated",
    );
    expect(fact.checks.every(({ outcome }) => outcome === "fail")).toBe(true);
  });

  it("of another format goes to the verifier that is put in for it, and its faults are facts", () => {
    const double: OtherVerifier = {
      form: "notation",
      mediaTypes: new Set(["application/jose+json"]),
      content: () => ({ kind: "signature" }),
      verify: () => [{ outcome: "pass", check: "subject", checks: [] }],
    };
    const fact = examine(blob({}, "application/jose+json"), request(authorities, [double]));
    expect(fact).toMatchObject({
      form: "notation",
      content: { kind: "signature" },
      checks: [
        { authority: "qa", outcome: "pass" },
        { authority: "other", outcome: "pass" },
      ],
    });
    const broken: OtherVerifier = {
      ...double,
      verify: () => {
        throw new Error("out of order");
      },
    };
    expect(
      examine(blob({}, "application/jose+json"), request(authorities, [broken])),
    ).toMatchObject({
      content: { kind: "unreadable", why: "out of order" },
      checks: [],
    });
  });

  it("of a sidecar file is read by what is in it", () => {
    const bundle = keyBundle(envelope(payload, [ours.privateKey]), ours.hint);
    const file = { mediaType: undefined, bytes: Buffer.from(JSON.stringify(bundle)) };
    expect(examine(file, request(authorities)).checks[0]).toMatchObject({ outcome: "pass" });
  });
});

function keys(more: { file?: string; validFrom?: string; validTo?: string } = {}): Authority {
  return {
    name: "release-key",
    identity: {
      kind: "keys",
      keys: [
        {
          file: "policies/trust/release.pub",
          validFrom: undefined,
          validTo: undefined,
          at,
          ...more,
        },
      ],
    },
    evidence: ASK_NOTHING,
    signatureRepository: undefined,
    at,
  };
}

describe("an authority of the policy", () => {
  const pair = makePair();
  const instance = makeInstance();
  const roots = new Map([["public-good", rootOf(instance.root)]]);
  const files = {
    roots,
    keyFile: (path: string) =>
      path === "policies/trust/release.pub" ? Buffer.from(pair.pem) : undefined,
  };

  function keyless(root: string): Authority {
    const pattern = parsePattern("https://github\\.com/payments/.*");
    if (typeof pattern === "string") throw new Error(pattern);
    return {
      ...keys(),
      identity: {
        kind: "keyless",
        keyless: {
          issuer: { kind: "exactly", text: ISSUER },
          subject: { kind: "pattern", pattern },
          root,
          extensions: new Map(),
        },
      },
    };
  }

  it("is made ready with its keys and roots", () => {
    const payload = statement(SUBJECT_DIGEST.slice(7));
    const key = prepareAuthority(keys({ validFrom: "2026-01-01", validTo: "2027-01-01" }), files);
    const workflow = prepareAuthority(keyless("public-good"), files);
    if (typeof key === "string" || typeof workflow === "string") throw new Error("not ready");
    const byKey = keyBundle(envelope(payload, [pair.privateKey]), pair.hint);
    const byWorkflow = keylessBundle(instance, payload);
    expect(examine(blob(byKey), request({ key, workflow })).checks).toMatchObject([
      { authority: "key", outcome: "pass" },
      { authority: "workflow", outcome: "fail", check: "identity" },
    ]);
    expect(examine(blob(byWorkflow), request({ key, workflow })).checks).toMatchObject([
      { authority: "key", outcome: "fail", check: "identity" },
      { authority: "workflow", outcome: "pass", signer: { subject: SUBJECT } },
    ]);
  });

  it.for([
    ["its key's file is not there", keys({ file: "policies/trust/lost.pub" }), "no such file"],
    ["its key's time cannot be read", keys({ validTo: "soon" }), "time of validity"],
    ["its root is not there", keyless("private"), "the root private could not be read"],
    [
      "it is a host",
      { ...keys(), identity: { kind: "harbor", host: "h.example.com" } },
      "signs nothing",
    ],
  ] as const)("is nobody's where %s", ([, authority, reason]) => {
    expect(prepareAuthority(authority, files)).toContain(reason);
  });

  it("whose key's file is no key says why", () => {
    const broken = { roots, keyFile: () => Buffer.from("<html>") };
    expect(prepareAuthority(keys(), broken)).toBe(
      "policies/trust/release.pub: it is no public key in PEM (-----BEGIN PUBLIC KEY-----)",
    );
  });
});
