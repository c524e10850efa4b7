import { describe, expect, it } from "vitest";
import { parsePattern, type EvidenceDemand } from "#model";
import { artifactOfBytes, parseTrustedRoot, type Verification } from "#trust";
import { der, oid, oidHex } from "../support/der.ts";
import { envelope, keyBundle, keylessBundle, makePair, statement } from "../support/signing.ts";
import {
  issue,
  ISSUER,
  logEntry,
  makeInstance,
  rootBytes,
  sha256,
  SIGNED_AT,
  SUBJECT,
  type Holder,
} from "../support/sigstore.ts";
import {
  ASK_NOTHING,
  check,
  keyAuthority,
  rootOf,
  workflowAuthority,
} from "../support/verifying.ts";

const ARTIFACT = artifactOfBytes(Buffer.from("an artifact"));
const PAYLOAD = statement(ARTIFACT.digests.get("sha256") ?? "");
const instance = makeInstance();
const root = rootOf(instance.root);
const LOGGED: EvidenceDemand = { ...ASK_NOTHING, tlog: "required", inclusionProof: "required" };

function bundle(holder: Holder = {}): ReturnType<typeof keylessBundle> {
  return keylessBundle(instance, PAYLOAD, { holder });
}

function verify(evidence: object, authority = workflowAuthority(root, { evidence: LOGGED })) {
  return check(evidence, authority, { artifact: ARTIFACT });
}

function withPattern(source: string, subject = SUBJECT): Verification["outcome"] {
  const pattern = parsePattern(source);
  if (typeof pattern === "string") throw new Error(pattern);
  const authority = {
    ...workflowAuthority(root),
    subject: { kind: "pattern", pattern },
  } as const;
  return verify(bundle({ subject }), authority).outcome;
}

describe("a keyless signature", () => {
  it("verifies with its identity, its extensions and the time of its log entry", () => {
    const extensions = {
      11: "github-hosted",
      12: "https://github.com/payments/api",
      13: "9a3f",
      15: "4711",
      20: "push",
    };
    const asked = {
      sourceRepository: "https://github.com/payments/api",
      sourceRepositoryId: "4711",
    };
    const authority = workflowAuthority(root, { evidence: LOGGED, extensions: asked });
    expect(verify(bundle({ extensions }), authority)).toMatchObject({
      outcome: "pass",
      check: "predicate",
      trustedTime: "2026-06-01T12:00:01.000Z",
      signer: {
        kind: "keyless",
        issuer: ISSUER,
        subject: SUBJECT,
        extensions: {
          ...asked,
          runnerEnvironment: "github-hosted",
          sourceRepositoryDigest: "9a3f",
          buildTrigger: "push",
        },
      },
    });
    expect(verify(bundle({ extensions: { ...extensions, 15: "4712" } }), authority)).toMatchObject({
      check: "identity",
      expected: "sourceRepositoryId 4711",
      found: "4712",
    });
    expect(verify(bundle(), authority)).toMatchObject({ found: "no sourceRepository" });
  });

  it.for([
    ["a longer subject", { subject: `${SUBJECT}.evil` }],
    ["a shorter subject", { subject: SUBJECT.slice(0, -1) }],
    ["a subject in another case", { subject: SUBJECT.toUpperCase() }],
    ["another issuer", { issuer: `${ISSUER}/` }],
    ["no issuer", { issuer: "" }],
  ] as const)("of %s is foreign: all else is proved", ([, holder]) => {
    const result = verify(bundle(holder));
    expect(result).toMatchObject({ outcome: "fail", check: "identity" });
    expect(
      result.checks.filter(({ outcome }) => outcome === "pass").map((fact) => fact.check),
    ).toEqual(["parse", "crypto", "log", "time"]);
    expect(result.signer).toBeDefined();
  });

  it("meets a pattern with all of its subject only, and none runs for ever", () => {
    expect(withPattern("https://github\\.com/payments/api/.*@refs/tags/.*")).toBe("pass");
    expect(withPattern("payments")).toBe("fail");
    expect(withPattern("https://github.com/payments|x", `https://evil/${SUBJECT}`)).toBe("fail");
    expect(withPattern("(a+)+(a|aa)*b", "a".repeat(3000))).toBe("fail");
    expect(withPattern("(.*)*(.*)*x", "y".repeat(3000))).toBe("fail");
  });

  it("of an email address or Fulcio's other name is one too", () => {
    const email = der(0x81, Buffer.from("release@example.com"));
    const other = der(
      0xa0,
      oid(oidHex("1.3.6.1.4.1.57264.1.7")),
      der(0xa0, der(0x0c, Buffer.from("jürgen!example.com"))),
    );
    const evidence = LOGGED;
    expect(
      verify(
        bundle({ names: [email] }),
        workflowAuthority(root, { evidence, subject: "release@example.com" }),
      ).outcome,
    ).toBe("pass");
    expect(
      verify(
        bundle({ names: [other] }),
        workflowAuthority(root, { evidence, subject: "jürgen!example.com" }),
      ).outcome,
    ).toBe("pass");
  });

  it.for([
    [
      "two names",
      { names: [der(0x86, Buffer.from("https://a")), der(0x86, Buffer.from(SUBJECT))] },
    ],
    ["no name", { names: [] }],
    // 0xf4 is the letter t with its highest bit set, which a careless reader drops.
    [
      "a name that is no ASCII",
      { names: [der(0x86, Buffer.from(SUBJECT.replace("t", "\xf4"), "latin1"))] },
    ],
    ["no right to sign code", { codeSigning: false }],
  ] as const)("of a certificate with %s is refused", ([, holder]) => {
    expect(verify(bundle(holder))).toMatchObject({ outcome: "fail", check: "parse" });
  });

  it("needs a time when its certificate was valid, whatever is asked", () => {
    const made = bundle();
    const stripped = {
      ...made,
      verificationMaterial: { ...made.verificationMaterial, tlogEntries: [] },
    };
    for (const tlog of ["required", "optional", "none"] as const) {
      const evidence = { ...ASK_NOTHING, tlog };
      const result = verify(stripped, workflowAuthority(root, { evidence }));
      expect(result).toMatchObject({
        outcome: "fail",
        check: tlog === "required" ? "log" : "time",
      });
    }
    const late = keylessBundle(instance, PAYLOAD, {
      at: new Date(SIGNED_AT.getTime() + 3_600_000),
    });
    expect(verify(late)).toMatchObject({ outcome: "fail", check: "time" });
  });

  it("of a bundle of v0.1 may lack the proof, unless the authority asks for it (threat 19)", () => {
    const made = bundle();
    const [entry] = made.verificationMaterial.tlogEntries;
    const downgraded = {
      ...made,
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: {
        x509CertificateChain: { certificates: [made.verificationMaterial.certificate] },
        tlogEntries: [{ ...entry, inclusionProof: undefined }],
      },
    };
    expect(verify(downgraded, workflowAuthority(root)).outcome).toBe("pass");
    const [{ certChain: chain } = { certChain: { certificates: [] } }] = instance.root
      .certificateAuthorities as readonly { certChain: { certificates: object[] } }[];
    const certificates = [made.verificationMaterial.certificate, ...chain.certificates];
    const withRoot = {
      ...downgraded,
      verificationMaterial: {
        ...downgraded.verificationMaterial,
        x509CertificateChain: { certificates },
      },
    };
    expect(verify(withRoot, workflowAuthority(root))).toMatchObject({
      check: "parse",
      found: "its chain holds a root certificate: trust comes from the root alone",
    });
    expect(verify(downgraded)).toMatchObject({
      check: "log",
      expected: "an entry with a proof that the log includes it",
    });
    const { inclusionProof: _, ...bare } = entry as { inclusionProof: object };
    const newer = {
      ...made,
      verificationMaterial: { ...made.verificationMaterial, tlogEntries: [bare] },
    };
    expect(verify(newer, workflowAuthority(root))).toMatchObject({ check: "parse" });
  });

  it("is not vouched for by an entry under another key, though signature and digest are its own", () => {
    const made = bundle();
    const signature = Buffer.from(made.dsseEnvelope.signatures[0]?.sig ?? "", "base64");
    const entry = logEntry(instance, {
      kind: "dsse",
      verifier: issue(instance).pem,
      signature,
      hash: sha256(PAYLOAD),
    });
    const swapped = {
      ...made,
      verificationMaterial: { ...made.verificationMaterial, tlogEntries: [entry] },
    };
    expect(verify(swapped)).toMatchObject({ check: "log", found: "an entry about another key" });
  });

  it("is not vouched for by a log, and not issued by an authority, that the root does not know", () => {
    const other = rootOf(makeInstance().root);
    expect(verify(bundle(), workflowAuthority(other, { evidence: LOGGED }))).toMatchObject({
      check: "log",
      found: "none; 1 of a log that the root does not know",
    });
    const mixed = rootOf({ ...makeInstance().root, tlogs: instance.root.tlogs });
    expect(verify(bundle(), workflowAuthority(mixed, { evidence: LOGGED })).check).toBe("crypto");
  });

  it("asks for the promise of a certificate log where the authority does", () => {
    const evidence = { ...LOGGED, sct: "required" } as const;
    expect(verify(bundle(), workflowAuthority(root, { evidence }))).toMatchObject({
      check: "log",
      found: "expected 1 SCTs, got 0",
    });
  });

  it("asks for a timestamp where the authority does", () => {
    const evidence = { ...LOGGED, timestamp: "required" } as const;
    expect(verify(bundle(), workflowAuthority(root, { evidence })).check).toBe("time");
  });

  it("is foreign to an authority of keys, and a key's signature to a keyless one", () => {
    const pair = makePair();
    expect(verify(bundle(), keyAuthority([pair.pem]))).toMatchObject({
      check: "identity",
      found: `a signature by the certificate of ${SUBJECT}`,
    });
    const byKey = keyBundle(envelope(PAYLOAD, [pair.privateKey]), pair.hint);
    expect(verify(byKey)).toMatchObject({ check: "identity" });
  });
});

describe("a key's log entry", () => {
  const pair = makePair();
  const signed = envelope(PAYLOAD, [pair.privateKey]);
  const entry = logEntry(instance, {
    kind: "dsse",
    verifier: pair.pem,
    signature: Buffer.from(signed.signatures[0]?.sig ?? "", "base64"),
    hash: sha256(PAYLOAD),
  });
  const logged = {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: { publicKey: { hint: pair.hint }, tlogEntries: [entry] },
    dsseEnvelope: signed,
  };
  const valid = [{ pem: pair.pem, from: "2026-01-01T00:00:00Z", to: "2026-07-01T00:00:00Z" }];

  it("gives the time that the key is judged at, also where none is asked", () => {
    for (const tlog of ["required", "optional", "none"] as const) {
      const evidence = { ...ASK_NOTHING, tlog };
      expect(
        check(logged, keyAuthority(valid, { root, evidence }), { artifact: ARTIFACT }),
      ).toMatchObject({
        outcome: "pass",
        trustedTime: "2026-06-01T12:00:01.000Z",
      });
    }
    expect(check(logged, keyAuthority(valid), { artifact: ARTIFACT })).toMatchObject({
      outcome: "fail",
      check: "time",
    });
    const later = [{ pem: pair.pem, from: "2026-06-02T00:00:00Z" }];
    expect(check(logged, keyAuthority(later, { root }), { artifact: ARTIFACT })).toMatchObject({
      outcome: "fail",
      check: "time",
      found: "2026-06-01T12:00:01.000Z",
    });
  });

  it("that is broken fails where it may be there, and counts for nothing where none is asked", () => {
    const body = { canonicalizedBody: Buffer.from("{}").toString("base64") };
    const broken = {
      ...logged,
      verificationMaterial: {
        ...logged.verificationMaterial,
        tlogEntries: [{ ...entry, ...body }],
      },
    };
    function ask(tlog: "optional" | "none"): Verification {
      return check(broken, keyAuthority([pair.pem], { root, evidence: { ...ASK_NOTHING, tlog } }), {
        artifact: ARTIFACT,
      });
    }
    expect(ask("optional")).toMatchObject({ outcome: "fail", check: "log" });
    expect(ask("none").outcome).toBe("pass");
    expect(ask("none").trustedTime).toBeUndefined();
  });

  it("that stands there twice is no second one", () => {
    const twice = {
      ...logged,
      verificationMaterial: { ...logged.verificationMaterial, tlogEntries: [entry, entry] },
    };
    expect(check(twice, keyAuthority([pair.pem], { root }), { artifact: ARTIFACT }).outcome).toBe(
      "fail",
    );
  });
});

describe("a trusted root", () => {
  const [tlog] = instance.root.tlogs as readonly { publicKey: object }[];
  const [authority] = instance.root.certificateAuthorities;
  it.for([
    ["no JSON", "nonsense", "not JSON"],
    ["a page", "<!doctype html><title>Not found</title>", "an HTML or XML page"],
    ["nothing", "", "empty"],
    ["a list", "[]", "no mediaType"],
    ["another document", { mediaType: "application/json" }, "no trusted root"],
    [
      "an unknown version",
      { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=9.0" },
      "no trusted root",
    ],
    ["a log that is no list", { ...instance.root, tlogs: {} }, "tlogs is no list"],
    [
      "a log without key",
      { ...instance.root, tlogs: [{ ...tlog, publicKey: {} }] },
      "tlogs[0].publicKey.rawBytes",
    ],
    [
      "a log without address",
      { ...instance.root, tlogs: [{ ...tlog, baseUrl: "" }] },
      "tlogs[0].baseUrl",
    ],
    [
      "a log without id",
      { ...instance.root, tlogs: [{ ...tlog, logId: {} }] },
      "tlogs[0].logId.keyId",
    ],
    [
      "a log that was never valid",
      {
        ...instance.root,
        tlogs: [{ ...tlog, publicKey: { ...tlog?.publicKey, validFor: undefined } }],
      },
      "tlogs[0].publicKey.validFor.start",
    ],
    [
      "a log that ends before it begins",
      {
        ...instance.root,
        tlogs: [
          {
            ...tlog,
            publicKey: {
              ...tlog?.publicKey,
              validFor: { start: "2026-01-01T00:00:00Z", end: "2025-01-01T00:00:00Z" },
            },
          },
        ],
      },
      "ends before it begins",
    ],
    [
      "a log's end that is no time",
      {
        ...instance.root,
        tlogs: [
          {
            ...tlog,
            publicKey: {
              ...tlog?.publicKey,
              validFor: { start: "2026-01-01T00:00:00Z", end: "never" },
            },
          },
        ],
      },
      "validFor.end is no time",
    ],
    [
      "an authority without start",
      { ...instance.root, certificateAuthorities: [{ ...authority, validFor: {} }] },
      "certificateAuthorities[0].validFor.start",
    ],
    [
      "an authority without certificate",
      {
        ...instance.root,
        certificateAuthorities: [
          { validFor: { start: "2026-01-01T00:00:00Z" }, certChain: { certificates: [] } },
        ],
      },
      "has no certificate",
    ],
    [
      "a certificate that is none",
      {
        ...instance.root,
        certificateAuthorities: [
          {
            validFor: { start: "2026-01-01T00:00:00Z" },
            certChain: { certificates: [{ rawBytes: "AAAA" }] },
          },
        ],
      },
      "cannot be read",
    ],
    [
      "a key that is none",
      {
        ...instance.root,
        tlogs: [{ ...tlog, publicKey: { ...tlog?.publicKey, rawBytes: "AAAA" } }],
      },
      "cannot be read",
    ],
    [
      "too many logs",
      { ...instance.root, tlogs: Array.from({ length: 101 }, () => tlog) },
      "more than 100",
    ],
    ["deep nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "nested deeper"],
    ["too much", " ".repeat(5 * 1024 * 1024), "more than"],
    ["what is no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "not UTF-8"],
  ] as const)("that is %s is refused with its reason", ([, document, reason]) => {
    const bytes =
      typeof document === "string" || Buffer.isBuffer(document)
        ? Buffer.from(document)
        : rootBytes(document);
    expect(parseTrustedRoot(bytes)).toContain(reason);
  });
});
