import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { artifactOfBytes, parsePublicKey, type Verification } from "#trust";
import { verifyEcdsaDigest } from "../../src/trust/crypto/ecdsa.ts";
import { checkSignature } from "../../src/trust/crypto/signature.ts";
import {
  envelope,
  KEY_KINDS,
  keyBundle,
  makePair,
  messageBundle,
  QA,
  signBytes,
  statement,
  type How,
  type KeyKind,
} from "../support/signing.ts";
import { check, keyAuthority } from "../support/verifying.ts";

const FILE = Buffer.from("the file that is signed\n");
const ARTIFACT = artifactOfBytes(FILE);
const ONLY_DIGESTS = { bytes: undefined, digests: ARTIFACT.digests };
const PAYLOAD = statement(ARTIFACT.digests.get("sha256") ?? "");

const HOWS: readonly (readonly [KeyKind, How])[] = [
  ...KEY_KINDS.map((kind) => [kind, {}] as const),
  ["P-256", { p1363: true }],
  ["P-384", { p1363: true }],
  ["P-521", { p1363: true }],
  ["P-384", { hash: "sha256" }],
  ["P-521", { hash: "sha256" }],
  ["rsa", { hash: "sha512" }],
];

describe("keys", () => {
  it.for(HOWS)("%s signs envelopes and files (%o), and no other key did", ([kind, how]) => {
    const [pair, other] = [makePair(kind), makePair(kind)];
    const bundle = keyBundle(envelope(PAYLOAD, [pair.privateKey], how), pair.hint);
    const bare = envelope(PAYLOAD, [pair.privateKey], how);
    const message = messageBundle(pair, FILE, how);
    const detached = Buffer.from(signBytes(pair.privateKey, FILE, how).toString("base64"));
    for (const evidence of [bundle, bare, message, detached]) {
      expect(check(evidence, keyAuthority([pair.pem]), { artifact: ARTIFACT })).toMatchObject({
        outcome: "pass",
        signer: { kind: "key", key: `sha256:${Buffer.from(pair.hint, "base64").toString("hex")}` },
      });
      expect(check(evidence, keyAuthority([other.pem]), { artifact: ARTIFACT }).outcome).toBe(
        "fail",
      );
      const wrong = { artifact: artifactOfBytes(Buffer.from("another file")) };
      expect(check(evidence, keyAuthority([pair.pem]), wrong).outcome).toBe("fail");
    }
  });

  it.for(HOWS)("%s over a digest alone (%o): proved, but unknown for Ed25519", ([kind, how]) => {
    const pair = makePair(kind);
    const message = messageBundle(pair, FILE, how);
    const result = check(message, keyAuthority([pair.pem]), { artifact: ONLY_DIGESTS });
    expect(result.outcome).toBe(kind === "ed25519" ? "unknown" : "pass");
    const forged = messageBundle({ ...pair, privateKey: makePair(kind).privateKey }, FILE, how);
    expect(check(forged, keyAuthority([pair.pem]), { artifact: ONLY_DIGESTS }).outcome).not.toBe(
      "pass",
    );
  });

  it("agrees with OpenSSL about every signature over a digest, made or broken", () => {
    for (const kind of ["P-256", "P-384", "P-521", "rsa"] as const) {
      const pair = makePair(kind);
      const key = parsePublicKey(Buffer.from(pair.pem));
      if (typeof key === "string") throw new Error(key);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
          const artifact = artifactOfBytes(bytes);
          const digests = { bytes: undefined, digests: artifact.digests };
          const signature = signBytes(pair.privateKey, bytes);
          expect(checkSignature(key, signature, digests)).toBe(true);
          const broken = Buffer.from(signature);
          broken[at % broken.length] = (broken[at % broken.length] ?? 0) ^ (1 << bit);
          expect(checkSignature(key, broken, digests)).toBe(checkSignature(key, broken, artifact));
          expect(checkSignature(key, broken, digests)).toBe(false);
        }),
        { numRuns: 8 },
      );
    }
  });

  it.for([
    ["all zero", Buffer.alloc(64)],
    ["all ones", Buffer.alloc(64, 0xff)],
    ["r without s", Buffer.concat([Buffer.alloc(31), Buffer.from([1]), Buffer.alloc(32)])],
    ["s without r", Buffer.concat([Buffer.alloc(63), Buffer.from([1])])],
    [
      "r and s of 1",
      Buffer.concat([Buffer.alloc(31), Buffer.from([1]), Buffer.alloc(31), Buffer.from([1])]),
    ],
    ["too short", Buffer.alloc(63, 1)],
    ["too long", Buffer.alloc(65, 1)],
    ["nothing", Buffer.alloc(0)],
  ] as const)("takes no signature of %s", ([, signature]) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const digest = createHash("sha256").update(randomBytes(8)).digest();
    expect(verifyEcdsaDigest(publicKey, digest, signature)).toBe(false);
    expect(verifyEcdsaDigest(publicKey, Buffer.alloc(32), signature)).toBe(false);
  });

  it("takes no number beyond the curve's order, though it stands for the same", () => {
    const order = BigInt(
      `0x01${"f".repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
    );
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-521" });
    const digest = createHash("sha512").update(FILE).digest();
    const signature = signBytes(privateKey, FILE, { p1363: true });
    expect(verifyEcdsaDigest(publicKey, digest, signature)).toBe(true);
    for (const at of [0, 66]) {
      const number = BigInt(`0x${signature.subarray(at, at + 66).toString("hex")}`) + order;
      const larger = Buffer.from(signature);
      larger.write(number.toString(16).padStart(132, "0"), at, "hex");
      expect(verifyEcdsaDigest(publicKey, digest, larger)).toBe(false);
    }
  });

  it("reads each of several signatures of one envelope", () => {
    const pairs = [makePair(), makePair("P-384"), makePair("ed25519")];
    const document = envelope(
      PAYLOAD,
      pairs.map((pair) => pair.privateKey),
    );
    for (const evidence of [document, keyBundle(document, "")])
      for (const pair of pairs)
        expect(check(evidence, keyAuthority([pair.pem]), { artifact: ARTIFACT }).outcome).toBe(
          "pass",
        );
    expect(check(document, keyAuthority([makePair().pem]), { artifact: ARTIFACT }).check).toBe(
      "crypto",
    );
    const many = {
      ...document,
      signatures: Array.from({ length: 17 }, () => document.signatures[0]),
    };
    expect(check(many, keyAuthority([pairs[0]?.pem ?? ""]), { artifact: ARTIFACT }).check).toBe(
      "parse",
    );
  });

  it("tells a foreign signature, which is information, from a broken one", () => {
    const [ours, theirs] = [makePair(), makePair()];
    const foreign = keyBundle(envelope(PAYLOAD, [theirs.privateKey]), theirs.hint);
    const broken = keyBundle(envelope(PAYLOAD, [theirs.privateKey]), ours.hint);
    const authority = keyAuthority([ours.pem]);
    expect(check(foreign, authority, { artifact: ARTIFACT })).toMatchObject({
      outcome: "fail",
      check: "identity",
      found: `a signature by the key sha256:${Buffer.from(theirs.hint, "base64").toString("hex")}`,
    });
    expect(check(broken, authority, { artifact: ARTIFACT })).toMatchObject({ check: "crypto" });
  });

  it("judges a key by its time of validity, and by now where there is no trusted time", () => {
    const pair = makePair();
    const bundle = keyBundle(envelope(PAYLOAD, [pair.privateKey]), pair.hint);
    const authority = keyAuthority([
      { pem: pair.pem, from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z" },
    ]);
    function at(now: string): Verification {
      return check(bundle, authority, { artifact: ARTIFACT, now: new Date(now) });
    }
    expect(at("2026-06-01T00:00:00Z").outcome).toBe("pass");
    expect(at("2026-12-31T00:00:00Z").outcome).toBe("pass");
    expect(at("2025-12-31T23:59:59Z")).toMatchObject({ outcome: "fail", check: "time" });
    expect(at("2027-01-01T00:00:00Z")).toMatchObject({
      check: "time",
      found: "2027-01-01T00:00:00.000Z (now: it has no trusted time)",
    });
  });

  it.for([
    ["another digest", statement("00".repeat(32)), "subject"],
    [
      "a digest of another kind",
      statement("", { subject: [{ name: "a", digest: { gce_image_id: "1" } }] }),
      "subject",
    ],
    [
      "two digests of which one is another's",
      statement("", {
        subject: [{ digest: { sha256: ARTIFACT.digests.get("sha256"), sha512: "00" } }],
      }),
      "subject",
    ],
    ["no subject", statement("", { subject: [] }), "predicate"],
    [
      "no _type",
      statement(ARTIFACT.digests.get("sha256") ?? "", { _type: undefined }),
      "predicate",
    ],
    [
      "an unknown _type",
      statement(ARTIFACT.digests.get("sha256") ?? "", { _type: "https://in-toto.io/Statement/v9" }),
      "predicate",
    ],
    [
      "no predicate type",
      statement(ARTIFACT.digests.get("sha256") ?? "", { predicateType: "" }),
      "predicate",
    ],
    [
      "another predicate type",
      statement(ARTIFACT.digests.get("sha256") ?? "", {
        predicateType: "https://example.com/other",
      }),
      "predicate",
    ],
    ["a page instead of a statement", Buffer.from("<html>"), "predicate"],
    [
      "its subject in the prototype",
      Buffer.from(
        '{"__proto__":{"subject":[{"digest":{"sha256":"00"}}]},"_type":"https://in-toto.io/Statement/v1","predicateType":"a"}',
      ),
      "predicate",
    ],
  ] as const)("refuses a signed statement with %s", ([, payload, failing]) => {
    const pair = makePair();
    const bundle = keyBundle(envelope(payload, [pair.privateKey]), pair.hint);
    expect(
      check(bundle, keyAuthority([pair.pem]), { artifact: ARTIFACT, wanted: QA }),
    ).toMatchObject({
      outcome: "fail",
      check: failing,
    });
  });

  it("takes a statement of v0.1, one of several subjects, and cosign's own as a signature", () => {
    const pair = makePair();
    const sha256 = ARTIFACT.digests.get("sha256") ?? "";
    function ask(payload: Buffer, wanted: string): Verification {
      return check(envelope(payload, [pair.privateKey]), keyAuthority([pair.pem]), {
        artifact: ARTIFACT,
        wanted,
      });
    }
    expect(ask(statement(sha256, { _type: "https://in-toto.io/Statement/v0.1" }), QA).outcome).toBe(
      "pass",
    );
    const subject = [{ digest: { sha256: "00" } }, { digest: { sha256 } }];
    expect(ask(statement("", { subject }), QA).outcome).toBe("pass");
    const signature = statement(sha256, { predicateType: "https://sigstore.dev/cosign/sign/v1" });
    expect(ask(signature, "signature").outcome).toBe("pass");
    expect(ask(statement(sha256), "signature")).toMatchObject({ check: "predicate", found: QA });
  });

  it("refuses a payload type that is no statement, though its bytes are one", () => {
    const pair = makePair();
    const document = envelope(PAYLOAD, [pair.privateKey], { payloadType: "text/plain" });
    expect(check(document, keyAuthority([pair.pem]), { artifact: ARTIFACT })).toMatchObject({
      outcome: "fail",
      expected: "application/vnd.in-toto+json",
      found: "text/plain",
    });
    const renamed = { ...document, payloadType: "application/vnd.in-toto+json" };
    expect(check(renamed, keyAuthority([pair.pem]), { artifact: ARTIFACT }).check).toBe("crypto");
  });
});

describe("a file that should be a public key", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const open = publicKey.export({ type: "spki", format: "pem" }).toString();
  it.for([
    ["a private key", secret, "a private key"],
    [
      "cosign's encrypted key",
      secret.replaceAll("PRIVATE", "ENCRYPTED SIGSTORE PRIVATE"),
      "cosign public-key --key",
    ],
    [
      "an older encrypted key",
      secret.replaceAll("PRIVATE", "ENCRYPTED COSIGN PRIVATE"),
      "cosign public-key --key",
    ],
    ["two keys", open + open, "more than one key"],
    ["a public and a private key", open + secret, "a private key"],
    [
      "a certificate",
      open.replaceAll("PUBLIC KEY", "CERTIFICATE"),
      "a CERTIFICATE, not a PUBLIC KEY",
    ],
    [
      "broken PEM",
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
      "cannot be read",
    ],
    ["a page", "<html>", "no public key in PEM"],
    ["nothing", "", "no public key in PEM"],
    ["too much", " ".repeat(65 * 1024), "too large"],
    [
      "a weak RSA key",
      generateKeyPairSync("rsa", { modulusLength: 1024 })
        .publicKey.export({ type: "spki", format: "pem" })
        .toString(),
      "too weak",
    ],
    [
      "a curve of no use here",
      generateKeyPairSync("ec", { namedCurve: "secp256k1" })
        .publicKey.export({ type: "spki", format: "pem" })
        .toString(),
      "not known here",
    ],
    [
      "a key for agreement",
      generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
      "not known here",
    ],
  ] as const)("%s is refused with its reason, and nothing of it is repeated", ([, pem, reason]) => {
    const answer = parsePublicKey(Buffer.from(pem));
    expect(answer).toContain(reason);
    expect(answer).not.toContain(secret.slice(40, 60));
  });
});
