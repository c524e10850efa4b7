import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { publicKeyOf } from "../crypto/public-key.ts";
import { readJson, itemsOf, textAt, valueAt } from "../read-json.ts";
import type { KeyPair } from "./private-key.ts";
import { readSecretFile } from "./secret-file.ts";
import { badAnswer, callService, type Service } from "./service-call.ts";
import { SignError } from "./sign-error.ts";
import { signBytes, type Signer } from "./signer.ts";

/** A keyless signer: a file that holds an OpenID token, and the Fulcio that believes it. */
export interface CertificateOptions {
  /** Read anew for each certificate, so that whoever renews the file renews the signer. */
  readonly tokenFile: string;
  readonly fulcio: URL;
  readonly now: () => Date;
}

const MAX_TOKEN = 64 * 1024;
/** A certificate lives for ten minutes; what is signed close to its end would be logged after it. */
const SPARE_MS = 2 * 60 * 1000;

interface Certified extends KeyPair {
  readonly der: Buffer;
  readonly until: number;
}

/**
 * Signs keyless: with a key that lives in this process alone and a certificate of Fulcio for it. The token comes from the
 * file and from nowhere else: no identity of the machine it runs on is ever taken (research, "no ambient fallback").
 */
export function certificateSigner(options: CertificateOptions): Signer {
  let current: Promise<Certified> | undefined;
  async function certified(signal: AbortSignal): Promise<Certified> {
    // Whoever asked for that one got its failure; this is another try.
    const known = await current?.catch(() => undefined);
    if (known !== undefined && known.until > options.now().getTime() + SPARE_MS) return known;
    current = certify(options, signal);
    return current;
  }
  // One request at a time, or each of many signatures would ask for a certificate of its own.
  let line: Promise<unknown> = Promise.resolve();
  return {
    name: `an identity that ${options.fulcio.origin} certifies`,
    async sign(bytes, signal) {
      const turn = line.then(() => certified(signal));
      // The caller of this turn gets its failure below; those that wait are only let through by it.
      line = turn.catch(() => undefined);
      const { der, ...pair } = await turn;
      return {
        signature: signBytes(pair, bytes),
        by: { kind: "certificate", key: pair.publicKey, der },
      };
    },
  };
}

async function certify(
  { tokenFile, fulcio }: CertificateOptions,
  signal: AbortSignal,
): Promise<Certified> {
  const token = await readToken(tokenFile);
  const subject = subjectIn(token);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKeyOf(publicKey);
  if (typeof key === "string") throw unusable(key);
  const pair = { privateKey, publicKey: key };
  const service: Service = { name: "Fulcio", url: fulcio, code: "sign-certificate" };
  const body = JSON.stringify({
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: {
        algorithm: "ECDSA",
        content: publicKey.export({ type: "spki", format: "pem" }).toString(),
      },
      proofOfPossession: signBytes(pair, Buffer.from(subject)).toString("base64"),
    },
  });
  const { bytes } = await callService(service, { path: "/api/v2/signingCert", body }, signal);
  return { ...pair, ...leafIn(bytes, service, pair) };
}

function leafIn(
  bytes: Buffer,
  service: Service,
  { publicKey }: KeyPair,
): { readonly der: Buffer; readonly until: number } {
  const read = readJson(bytes, bytes.length);
  const answer = read.kind === "json" ? read.value : null;
  const signed =
    valueAt(answer, "signedCertificateEmbeddedSct") ??
    valueAt(answer, "signedCertificateDetachedSct");
  const [pem] = itemsOf(valueAt(valueAt(signed, "chain"), "certificates"));
  try {
    const leaf = new X509Certificate(typeof pem === "string" ? pem : "");
    const key = publicKeyOf(leaf.publicKey);
    if (typeof key !== "string" && key.id === publicKey.id)
      return { der: Buffer.from(leaf.raw), until: Date.parse(leaf.validTo) };
  } catch {
    throw badAnswer(service, "no certificate");
  }
  throw badAnswer(service, "a certificate for another key");
}

async function readToken(path: string): Promise<string> {
  const read = await readSecretFile(path, MAX_TOKEN);
  if ("text" in read) return read.text.trim();
  throw unusable(read.why);
}

/** What Fulcio wants the key to sign: the address where the token has one, else its subject. */
function subjectIn(token: string): string {
  const [, payload, signature] = token.split(".");
  const bytes = Buffer.from(payload ?? "", "base64url");
  const read = readJson(bytes, MAX_TOKEN);
  const claims = read.kind === "json" ? read.value : null;
  const subject = textAt(claims, "email") ?? textAt(claims, "sub");
  // A parser's own words would repeat the token.
  if (signature === undefined || !subject)
    throw unusable("it holds no OpenID token with a subject");
  return subject;
}

function unusable(why: string): SignError {
  return new SignError({
    code: "sign-key",
    message: `The file of --identity-token-file cannot be used: ${why}.`,
    hint: "write the workflow's OpenID token for the audience sigstore into it, before each run",
  });
}
