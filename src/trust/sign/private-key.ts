import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { publicKeyOf, type PublicKey } from "../crypto/public-key.ts";

/** A private key that may sign, and its public half. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

const MAX_PEM = 64 * 1024;

/** cosign has no command that gives an encrypted key out; these are the ways round that. */
const COSIGN =
  "it is cosign's encrypted private key, which only cosign can open: sign with --sign-key 'exec:cosign sign-blob --key FILE …' (docs/attesting.md), or make a key with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`, which `cosign import-key-pair --key FILE` takes too";

/**
 * Reads a private key in PEM (PKCS #8): P-256, P-384, P-521, RSA, Ed25519. A string tells what is wrong with it, for a
 * person, and repeats nothing of it.
 */
export function parsePrivateKey(text: string): KeyPair | string {
  if (text.length > MAX_PEM) return "it is too large to be a private key";
  const labels = Array.from(
    text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,60})-----/g),
    (match) => match[1],
  );
  const [label] = labels;
  if (label === undefined) return "it is no private key in PEM (-----BEGIN PRIVATE KEY-----)";
  if (/^ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY$/.test(label)) return COSIGN;
  if (labels.length > 1) return "it holds more than one key or certificate";
  if (label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text))
    return "it is encrypted: `openssl pkey -in FILE` asks for the password and prints it as it is needed here";
  if (label !== "PRIVATE KEY")
    return `it holds a ${label}: \`openssl pkcs8 -topk8 -nocrypt -in FILE\` prints a private key as PKCS #8`;
  return readPair(text);
}

/** A parser's error could quote what it read, so nothing of it is kept. */
function readPair(text: string): KeyPair | string {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(text);
  } catch {
    return "its PEM cannot be read as a private key";
  }
  const publicKey = publicKeyOf(createPublicKey(privateKey));
  return typeof publicKey === "string" ? publicKey : { privateKey, publicKey };
}
