import { createHash } from "node:crypto";
import { TrustedRoot as RootMessage } from "@sigstore/protobuf-specs";
import { toTrustMaterial, type TrustMaterial } from "@sigstore/verify";
import { parseTime, type Json } from "#model";
import { decodeBase64 } from "./base64.ts";
import { describeError } from "./describe-error.ts";
import { rememberEncoding, rememberIssuer } from "./remembered.ts";
import { itemsOf, readJson, textAt, valueAt } from "./read-json.ts";

/** Who is believed about certificates, logs and time: one `trusted_root.json`, or several in JSON lines as one. */
export interface TrustedRoot {
  readonly material: TrustMaterial;
  /** Of the bytes that were read, in hex. */
  readonly sha256: string;
  /** The files that it was read from, for another thread to read it again. */
  readonly sources: readonly Uint8Array[];
}

const MAX_ROOT = 4 * 1024 * 1024;
const MAX_LINES = 100;
const MAX_ITEMS = 100;
const MAX_CHAIN = 10;
const MEDIA_TYPE =
  /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/;

/** Reads a trusted root; a string tells what is wrong with it. Never throws. */
export function parseTrustedRoot(bytes: Uint8Array): TrustedRoot | string {
  const documents = documentsOf(bytes);
  if (typeof documents === "string") return documents;
  const parts: TrustMaterial[] = [];
  for (const [index, document] of documents.entries()) {
    const material = materialOf(document);
    const where = documents.length > 1 ? `line ${index + 1}: ` : "";
    if (typeof material === "string") return `${where}${material}`;
    parts.push(material);
  }
  return {
    material: mergeMaterial(parts),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sources: [bytes],
  };
}

/** Several roots as one: what each of them believes. */
export function mergeRoots(roots: readonly TrustedRoot[]): TrustedRoot {
  const hashes = roots.map(({ sha256 }) => sha256).toSorted();
  return {
    material: mergeMaterial(roots.map(({ material }) => material)),
    sha256: createHash("sha256").update(hashes.join("\n")).digest("hex"),
    sources: roots.flatMap(({ sources }) => sources),
  };
}

function mergeMaterial(parts: readonly TrustMaterial[]): TrustMaterial {
  return {
    certificateAuthorities: parts.flatMap((part) => part.certificateAuthorities),
    timestampAuthorities: parts.flatMap((part) => part.timestampAuthorities),
    tlogs: parts.flatMap((part) => part.tlogs),
    ctlogs: parts.flatMap((part) => part.ctlogs),
    publicKey: noKey,
  };
}

function noKey(): never {
  throw new Error("a trusted root holds no signer's key");
}

function documentsOf(bytes: Uint8Array): readonly Json[] | string {
  const whole = readJson(bytes, MAX_ROOT);
  if (whole.kind === "json") return [whole.value];
  if (bytes.length > MAX_ROOT) return whole.why;
  const lines = Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  if (lines.length < 2) return whole.why;
  if (lines.length > MAX_LINES) return `it has more than ${MAX_LINES} lines`;
  const documents: Json[] = [];
  for (const [index, line] of lines.entries()) {
    const read = readJson(Buffer.from(line), MAX_ROOT);
    // A document of several lines is broken in its first one, and then all of it is told of.
    if (read.kind === "bad") return index === 0 ? whole.why : `line ${index + 1}: ${read.why}`;
    documents.push(read.value);
  }
  return documents;
}

function materialOf(document: Json): TrustMaterial | string {
  const fault = faultOf(document);
  if (fault !== undefined) return fault;
  try {
    const material = toTrustMaterial(RootMessage.fromJSON(document), noKey);
    for (const authority of [...material.certificateAuthorities, ...material.timestampAuthorities])
      for (const certificate of authority.certChain) rememberIssuer(rememberEncoding(certificate));
    return material;
  } catch (error) {
    return `a key or certificate in it cannot be read: ${describeError(error)}`;
  }
}

/** The library takes a missing start of validity for "always"; what is checked here it does not check (issue 5 §3). */
function faultOf(document: Json): string | undefined {
  const mediaType = textAt(document, "mediaType");
  if (mediaType === undefined) return "it has no mediaType, so it is no trusted root";
  if (!MEDIA_TYPE.test(mediaType))
    return `its media type is "${mediaType.slice(0, 100)}", which is no trusted root of v0.1 or v0.2`;
  for (const key of ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"]) {
    const value = valueAt(document, key);
    if (value !== undefined && value !== null && !Array.isArray(value)) return `${key} is no list`;
    if (itemsOf(value).length > MAX_ITEMS) return `${key} has more than ${MAX_ITEMS} items`;
    for (const [index, item] of itemsOf(value).entries()) {
      const fault = key.endsWith("logs") ? logFault(item) : authorityFault(item);
      if (fault !== undefined) return `${key}[${index}]${fault}`;
    }
  }
  return undefined;
}

function logFault(log: Json): string | undefined {
  const key = valueAt(log, "publicKey");
  if (!textAt(log, "baseUrl")) return ".baseUrl is absent";
  if (!isBytes(valueAt(key, "rawBytes"))) return ".publicKey.rawBytes is absent or no base64";
  if (!textAt(key, "keyDetails")) return ".publicKey.keyDetails is absent";
  if (!isBytes(valueAt(valueAt(log, "logId"), "keyId")))
    return ".logId.keyId is absent or no base64";
  return rangeFault(valueAt(key, "validFor"), ".publicKey.validFor");
}

function authorityFault(authority: Json): string | undefined {
  const certificates = itemsOf(valueAt(valueAt(authority, "certChain"), "certificates"));
  if (certificates.length === 0) return ".certChain has no certificate";
  if (certificates.length > MAX_CHAIN) return `.certChain has more than ${MAX_CHAIN} certificates`;
  if (!certificates.every((certificate) => isBytes(valueAt(certificate, "rawBytes"))))
    return ".certChain has a certificate that is no base64";
  return rangeFault(valueAt(authority, "validFor"), ".validFor");
}

function rangeFault(range: Json | undefined, path: string): string | undefined {
  const [start, end] = [valueAt(range, "start"), valueAt(range, "end")];
  const from = typeof start === "string" ? parseTime(start) : undefined;
  if (from === undefined)
    return `${path}.start is absent or no time, so nobody said since when it is valid`;
  // Protobuf's JSON may write what is not set as null.
  if (end === undefined || end === null) return undefined;
  const to = typeof end === "string" ? parseTime(end) : undefined;
  if (to === undefined) return `${path}.end is no time`;
  return to < from ? `${path} ends before it begins` : undefined;
}

function isBytes(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "" && decodeBase64(value) !== undefined;
}
