import { crypto, type ASN1Obj, type X509Certificate } from "@sigstore/core";
import { describeError } from "./describe-error.ts";
import { publicKeyOf, type PublicKey } from "./crypto/public-key.ts";
import { parseCertificate } from "./remembered.ts";

/** What a certificate says of its holder; believed only once its chain is verified. */
export interface CertificateFacts {
  readonly x509: X509Certificate;
  readonly key: PublicKey;
  /** The one subject alternative name. */
  readonly subject: string;
  readonly issuer: string;
  readonly extensions: Readonly<Record<string, string>>;
}

/** Fulcio's extensions that are DER strings, by the names that policies use (fulcio, docs/oid-info.md). */
const EXTENSIONS: readonly (readonly [number, string])[] = [
  [9, "buildSigner"],
  [10, "buildSignerDigest"],
  [11, "runnerEnvironment"],
  [12, "sourceRepository"],
  [13, "sourceRepositoryDigest"],
  [14, "sourceRepositoryRef"],
  [15, "sourceRepositoryId"],
  [16, "sourceRepositoryOwner"],
  [17, "sourceRepositoryOwnerId"],
  [18, "buildConfig"],
  [19, "buildConfigDigest"],
  [20, "buildTrigger"],
  [21, "runInvocation"],
  [22, "sourceRepositoryVisibility"],
];
const FULCIO = "1.3.6.1.4.1.57264.1";
const ISSUER = `${FULCIO}.8`;
/** The first form of the issuer: raw text, not DER. */
const ISSUER_RAW = `${FULCIO}.1`;
const OTHER_NAME = `${FULCIO}.7`;
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const MAX_CERTIFICATE = 64 * 1024;
const UTF8_STRING = 0x0c;

/** Reads a signing certificate of Fulcio's kind; a string tells what is wrong with it. */
export function readCertificate(der: Buffer): CertificateFacts | string {
  if (der.length > MAX_CERTIFICATE) return "the certificate is too large";
  try {
    const x509 = parseCertificate(der);
    const values = extensionsOf(x509);
    const key = publicKeyOf(crypto.createPublicKey(x509.publicKey));
    if (typeof key === "string") return key;
    if (!isForCode(values.get(EXTENDED_KEY_USAGE)))
      return "the certificate is not for signing code";
    const subject = subjectOf(values.get(SUBJECT_ALTERNATIVE_NAME));
    return typeof subject === "string"
      ? { x509, key, subject, issuer: issuerOf(values), extensions: namedOf(values) }
      : "the certificate has no subject alternative name, or several";
  } catch (error) {
    return `the certificate cannot be read: ${describeError(error)}`;
  }
}

/** OID → the extension's value; an OID that stands there twice could be read in two ways. */
function extensionsOf(x509: X509Certificate): ReadonlyMap<string, ASN1Obj> {
  const values = new Map<string, ASN1Obj>();
  for (const { subs } of x509.extensions) {
    const [oid, value] = [subs[0]?.toOID(), subs.at(-1)];
    if (oid === undefined || value === undefined) throw new Error("an extension is incomplete");
    if (values.has(oid)) throw new Error(`the extension ${oid} stands there twice`);
    values.set(oid, value);
  }
  return values;
}

function isForCode(usage: ASN1Obj | undefined): boolean {
  return usage?.subs[0]?.subs.some((purpose) => purpose.toOID() === CODE_SIGNING) ?? false;
}

/** An email address, a URI, or Fulcio's other name. The library reads bytes over 127 as other letters, so not by it. */
function subjectOf(extension: ASN1Obj | undefined): string | undefined {
  const names = extension?.subs[0]?.subs ?? [];
  const [name] = names;
  if (name === undefined || names.length > 1) return undefined;
  if (name.tag.isContextSpecific(1) || name.tag.isContextSpecific(6)) return ascii(name.value);
  return name.tag.isContextSpecific(0) ? otherNameOf(name) : undefined;
}

function otherNameOf({ subs: [oid, value] }: ASN1Obj): string | undefined {
  const text = value?.subs[0];
  return text === undefined || oid?.toOID() !== OTHER_NAME ? undefined : utf8(text.value);
}

function ascii(bytes: Buffer): string | undefined {
  return bytes.every((byte) => byte < 0x80) ? bytes.toString("latin1") : undefined;
}

function issuerOf(values: ReadonlyMap<string, ASN1Obj>): string {
  const raw = values.get(ISSUER_RAW);
  return derText(values.get(ISSUER)) ?? (raw === undefined ? "" : utf8(raw.value));
}

function namedOf(values: ReadonlyMap<string, ASN1Obj>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    EXTENSIONS.flatMap(([arc, name]) => {
      const text = derText(values.get(`${FULCIO}.${arc}`));
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function derText(extension: ASN1Obj | undefined): string | undefined {
  if (extension === undefined) return undefined;
  const [text] = extension.subs;
  if (extension.subs.length !== 1 || text?.tag.number !== UTF8_STRING || text.tag.constructed)
    throw new Error("an extension of Fulcio is no UTF8String");
  return utf8(text.value);
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
