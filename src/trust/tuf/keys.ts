import { constants, createPublicKey, verify, type KeyObject } from "node:crypto";
import type { Json } from "#model";
import { textAt, valueAt } from "../read-json.ts";

/** A key of a TUF root, and how it signs. */
export interface TufKey {
  readonly key: KeyObject;
  readonly scheme: Scheme;
  /** Of the key itself: two ids of one key are one signer. */
  readonly spki: string;
}

const SCHEMES = ["ecdsa-sha2-nistp256", "ed25519", "rsassa-pss-sha256"] as const;
type Scheme = (typeof SCHEMES)[number];

const ED25519_SPKI = "302a300506032b6570032100";

/** Reads a key of a root's metadata; undefined for one of a kind that is not known here, which then never signs. */
export function tufKey(document: Json | undefined): TufKey | undefined {
  const named = textAt(document, "scheme");
  const scheme = SCHEMES.find((each) => each === named);
  const text = textAt(valueAt(document, "keyval"), "public");
  if (scheme === undefined || text === undefined) return undefined;
  try {
    const key = text.startsWith("-----")
      ? createPublicKey(text)
      : createPublicKey({
          key: Buffer.from(ED25519_SPKI + text, "hex"),
          format: "der",
          type: "spki",
        });
    const spki = key.export({ type: "spki", format: "der" }).toString("base64");
    return isOf(scheme, key) ? { key, scheme, spki } : undefined;
  } catch {
    // What cannot be read is a key of no kind that is known here.
    return undefined;
  }
}

function isOf(scheme: Scheme, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  switch (scheme) {
    case "ecdsa-sha2-nistp256":
      return asymmetricKeyDetails?.namedCurve === "prime256v1";
    case "ed25519":
      return asymmetricKeyType === "ed25519";
    case "rsassa-pss-sha256":
      return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  }
}

/** Whether a key made a signature (hex) over bytes; never throws. */
export function isSignedBy({ key, scheme }: TufKey, bytes: Buffer, signature: string): boolean {
  if (!/^(?:[0-9a-f]{2}){1,1024}$/.test(signature)) return false;
  const sig = Buffer.from(signature, "hex");
  try {
    if (scheme === "ed25519") return verify(null, bytes, key, sig);
    if (scheme === "ecdsa-sha2-nistp256") return verify("sha256", bytes, key, sig);
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    return verify("sha256", bytes, pss, sig);
  } catch {
    return false;
  }
}
