import { createPublicKey } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/bundle";
import type { Json } from "#model";
import { decodeBase64 } from "./base64.ts";
import { publicKeyOf, type PublicKey } from "./crypto/public-key.ts";
import { itemsOf, readJson, textAt, valueAt } from "./read-json.ts";

const MAX_BODY = 32 * 1024 * 1024;

/**
 * Tells whether a log's entry is about a signature by this key. The library compares signature and digest alone; an entry
 * under another key would still vouch for the time of a signature that its own key never made.
 */
export function namesKey(entry: TransparencyLogEntry, key: PublicKey): boolean {
  const read = readJson(entry.canonicalizedBody, MAX_BODY);
  if (read.kind === "bad") return false;
  const spec = valueAt(read.value, "spec");
  const ids = [...keysOfFirst(spec), ...keysOfSecond(spec)];
  return ids.includes(key.id);
}

/** Rekor of version 1: PEM of a key or certificate, in base64 and in `intoto` twice so. */
function keysOfFirst(spec: Json | undefined): readonly string[] {
  const envelope = valueAt(valueAt(spec, "content"), "envelope");
  return [
    textAt(valueAt(valueAt(spec, "signature"), "publicKey"), "content"),
    ...itemsOf(valueAt(spec, "signatures")).map((item) => textAt(item, "verifier")),
    ...itemsOf(valueAt(envelope, "signatures")).map((item) => textAt(item, "publicKey")),
  ].flatMap((text) => {
    const pem = pemOf(text);
    return pem === undefined ? [] : idOf(() => createPublicKey(pem));
  });
}

function pemOf(text: string | undefined): Buffer | undefined {
  let bytes = decodeBase64(text ?? "");
  for (let layer = 0; layer < 2 && bytes !== undefined && bytes.length > 0; layer += 1) {
    if (bytes.toString("latin1", 0, 10) === "-----BEGIN") return bytes;
    bytes = decodeBase64(bytes.toString("latin1"));
  }
  return undefined;
}

/** Rekor of version 2: DER of a key or certificate. */
function keysOfSecond(spec: Json | undefined): readonly string[] {
  const [rekord, envelope] = [valueAt(spec, "hashedRekordV002"), valueAt(spec, "dsseV002")];
  const signatures = [valueAt(rekord, "signature"), ...itemsOf(valueAt(envelope, "signatures"))];
  return signatures.flatMap((signature) => {
    const verifier = valueAt(signature, "verifier");
    const key = decodeBase64(textAt(valueAt(verifier, "publicKey"), "rawBytes") ?? "");
    const der = decodeBase64(textAt(valueAt(verifier, "x509Certificate"), "rawBytes") ?? "");
    return [
      ...(key?.length ? idOf(() => createPublicKey({ key, format: "der", type: "spki" })) : []),
      ...(der?.length ? idOf(() => createPublicKey(pemOfCertificate(der))) : []),
    ];
  });
}

function pemOfCertificate(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

function idOf(read: () => PublicKey["key"]): readonly string[] {
  try {
    const key = publicKeyOf(read());
    return typeof key === "string" ? [] : [key.id];
  } catch {
    return [];
  }
}
