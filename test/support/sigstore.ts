import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { bits, der, oid, oidHex, pem, sequence, time } from "./der.ts";

/** A certificate authority and a log of Sigstore's kind, made anew for each test: nothing of it is anywhere else. */
export interface Instance {
  /** Its `trusted_root.json`. */
  readonly root: RootDocument;
  readonly authority: Party;
  readonly log: Party;
}

export interface Party {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spki: Buffer;
}

/** What a certificate says; the defaults are those of a GitHub workflow. */
export interface Holder {
  readonly subject?: string;
  readonly issuer?: string;
  /** Fulcio's extensions by the last arc of their OID. */
  readonly extensions?: Readonly<Record<number, string>>;
  /** The subject alternative name in DER, instead of a URI. */
  readonly names?: readonly Buffer[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly codeSigning?: boolean;
}

export const SUBJECT = "https://github.com/payments/api/.github/workflows/release.yml@refs/tags/v1";
export const ISSUER = "https://token.actions.githubusercontent.com";
export const SIGNED_AT: Date = new Date("2026-06-01T12:00:00Z");

/** The algorithm of every signature here. */
export const ECDSA_WITH_SHA256: Buffer = sequence(oid("2a8648ce3d040302"));

/** Somebody with a P-256 key of their own. */
export function party(): Party {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, publicKey, spki: publicKey.export({ type: "spki", format: "der" }) };
}

/** Makes an instance. */
export function makeInstance(): Instance {
  const [authority, log] = [party(), party()];
  const certificate = certify({
    issuer: "test authority",
    subject: "test authority",
    spki: authority.spki,
    signer: authority.privateKey,
    window: [new Date("2026-01-01T00:00:00Z"), new Date("2036-01-01T00:00:00Z")],
    extensions: [
      extension("2.5.29.19", sequence(der(0x01, Buffer.from([0xff])))),
      extension("2.5.29.15", der(0x03, Buffer.from([2, 4]))),
    ],
  });
  return { authority, log, root: rootOf(log, certificate) };
}

/** The parts of a root that tests change. */
export interface RootDocument {
  readonly mediaType: string;
  readonly tlogs: readonly object[];
  readonly certificateAuthorities: readonly object[];
  readonly ctlogs: readonly object[];
  readonly timestampAuthorities: readonly object[];
}

function rootOf(log: Party, certificate: Buffer): RootDocument {
  const validFor = { start: "2026-01-01T00:00:00Z" };
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      {
        baseUrl: "https://log.test",
        hashAlgorithm: "SHA2_256",
        publicKey: {
          rawBytes: log.spki.toString("base64"),
          keyDetails: "PKIX_ECDSA_P256_SHA_256",
          validFor,
        },
        logId: { keyId: sha256(log.spki).toString("base64") },
      },
    ],
    certificateAuthorities: [
      {
        uri: "https://fulcio.test",
        certChain: { certificates: [{ rawBytes: certificate.toString("base64") }] },
        validFor,
      },
    ],
    ctlogs: [],
    timestampAuthorities: [],
  };
}

interface Certified {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly spki: Buffer;
  readonly signer: KeyObject;
  readonly window: readonly [Date, Date];
  readonly extensions: readonly Buffer[];
}

/** Makes an X.509 certificate. */
export function certify({ issuer, subject, spki, signer, window, extensions }: Certified): Buffer {
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    named(issuer),
    sequence(time(window[0]), time(window[1])),
    subject === undefined ? sequence() : named(subject),
    spki,
    der(0xa3, sequence(...extensions)),
  );
  return sequence(content, ECDSA_WITH_SHA256, bits(sign("sha256", content, signer)));
}

/** A distinguished name of one common name. */
export function named(text: string): Buffer {
  return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(text)))));
}

/** An X.509 extension. */
export function extension(dotted: string, content: Buffer, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(oidHex(dotted)), ...flag, der(0x04, content));
}

/** A certificate of the instance, and the key that it is for. */
export interface Issued {
  readonly privateKey: KeyObject;
  readonly certificate: Buffer;
  readonly pem: string;
}

/** Issues a certificate as Fulcio does: for ten minutes, with its own extensions. */
export function issue(instance: Instance, holder: Holder = {}): Issued {
  const { privateKey, spki } = party();
  const certificate = issueFor(instance, spki, holder);
  return { privateKey, certificate, pem: pem("CERTIFICATE", certificate) };
}

/** Issues a certificate for a key that somebody else has. */
export function issueFor(instance: Instance, spki: Buffer, holder: Holder = {}): Buffer {
  const uri = der(0x86, Buffer.from(holder.subject ?? SUBJECT));
  const texts: Readonly<Record<number, string>> = {
    8: holder.issuer ?? ISSUER,
    ...holder.extensions,
  };
  const notBefore = holder.notBefore ?? SIGNED_AT;
  return certify({
    issuer: "test authority",
    subject: undefined,
    spki,
    signer: instance.authority.privateKey,
    window: [notBefore, holder.notAfter ?? new Date(notBefore.getTime() + 600_000)],
    extensions: [
      ...(holder.codeSigning === false
        ? []
        : [extension("2.5.29.37", sequence(oid(oidHex("1.3.6.1.5.5.7.3.3"))))]),
      extension("2.5.29.17", sequence(...(holder.names ?? [uri]))),
      ...Object.entries(texts).map(([arc, text]) =>
        extension(`1.3.6.1.4.1.57264.1.${arc}`, der(0x0c, Buffer.from(text))),
      ),
    ],
  });
}

/** What a log entry is about. */
export interface Logged {
  /** PEM of the key or certificate. */
  readonly verifier: string;
  readonly signature: Buffer;
  /** Over the payload of an envelope, or the file itself. */
  readonly hash: Buffer;
  readonly kind: "dsse" | "hashedrekord";
  readonly at?: Date;
}

/** An entry of the instance's log, with its promise, as a bundle has it. */
export function logEntry(instance: Instance, logged: Logged): object {
  const { verifier, signature, hash, kind, at = new Date(SIGNED_AT.getTime() + 1000) } = logged;
  const pemBytes = Buffer.from(verifier).toString("base64");
  const sig = signature.toString("base64");
  const value = hash.toString("hex");
  const spec =
    kind === "dsse"
      ? {
          // Of the envelope as it was sent, which nobody compares with anything.
          envelopeHash: { algorithm: "sha256", value: sha256(signature).toString("hex") },
          payloadHash: { algorithm: "sha256", value },
          signatures: [{ signature: sig, verifier: pemBytes }],
        }
      : {
          data: { hash: { algorithm: "sha256", value } },
          signature: { content: sig, publicKey: { content: pemBytes } },
        };
  const body = Buffer.from(JSON.stringify({ apiVersion: "0.0.1", kind, spec }));
  const logId = sha256(instance.log.spki);
  const integratedTime = Math.floor(at.getTime() / 1000);
  const promise = sign(
    "sha256",
    Buffer.from(
      JSON.stringify({
        body: body.toString("base64"),
        integratedTime,
        logID: logId.toString("hex"),
        logIndex: 0,
      }),
    ),
    instance.log.privateKey,
  );
  return {
    logIndex: "0",
    logId: { keyId: logId.toString("base64") },
    kindVersion: { kind, version: "0.0.1" },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: promise.toString("base64") },
    inclusionProof: proofOf(instance, body),
    canonicalizedBody: body.toString("base64"),
  };
}

/** That a log of one entry includes it (RFC 6962; c2sp.org/tlog-checkpoint). */
function proofOf({ log }: Instance, body: Buffer): object {
  const root = sha256(Buffer.concat([Buffer.from([0]), body]));
  const note = `log.test - 1\n1\n${root.toString("base64")}\n`;
  const hint = sha256(log.spki).subarray(0, 4);
  const signature = Buffer.concat([hint, sign("sha256", Buffer.from(note), log.privateKey)]);
  return {
    logIndex: "0",
    treeSize: "1",
    rootHash: root.toString("base64"),
    hashes: [],
    checkpoint: { envelope: `${note}\n\u2014 log.test ${signature.toString("base64")}\n` },
  };
}

/** The SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** A `TrustedRoot` file's bytes. */
export function rootBytes(root: object): Buffer {
  return Buffer.from(JSON.stringify(root));
}
