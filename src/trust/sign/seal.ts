import type { Json } from "#model";
import { preAuthEncoding } from "../formats/dsse.ts";
import { logEnvelope } from "./log-witness.ts";
import type { Signed, SignedBy, Signer } from "./signer.ts";
import { stampBytes } from "./time-witness.ts";

export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const IN_TOTO = "application/vnd.in-toto+json";

/** Who vouches for a signature beside its signer: a log, a timestamp authority, or nobody. */
export interface Witnesses {
  readonly rekor: URL | undefined;
  /** The address that takes RFC 3161 queries, whole. */
  readonly tsa: URL | undefined;
}

/** A DSSE envelope in JSON (secure-systems-lab/dsse, envelope.md). */
export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly [{ readonly sig: string; readonly keyid: string }];
}

/**
 * Signs a statement: a DSSE envelope in a Sigstore bundle v0.3, as cosign 3 writes it. One signature serves all forms,
 * because the bundle's envelope is the bare one.
 */
export async function sealStatement(
  statement: Buffer,
  signer: Signer,
  witnesses: Witnesses,
  signal: AbortSignal,
): Promise<Buffer> {
  const signed = await signer.sign(
    preAuthEncoding({ kind: "dsse", payloadType: IN_TOTO, payload: statement }),
    signal,
  );
  const envelope: Envelope = {
    payload: statement.toString("base64"),
    payloadType: IN_TOTO,
    // Empty, or slsa-verifier asks for the id on its command line.
    signatures: [{ sig: signed.signature.toString("base64"), keyid: "" }],
  };
  const vouched = await vouchersOf(envelope, signed, witnesses, signal);
  const bundle: Json = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { ...materialOf(signed.by), ...vouched },
    dsseEnvelope: { ...envelope, signatures: [{ ...envelope.signatures[0] }] },
  };
  return Buffer.from(JSON.stringify(bundle));
}

async function vouchersOf(
  envelope: Envelope,
  { signature, by }: Signed,
  { rekor, tsa }: Witnesses,
  signal: AbortSignal,
): Promise<Record<string, Json>> {
  const stamp = tsa && (await stampBytes(tsa, signature, signal));
  const entry = rekor && (await logEnvelope(rekor, { envelope, by }, signal));
  return {
    tlogEntries: entry === undefined ? [] : [entry],
    ...(stamp && {
      timestampVerificationData: {
        rfc3161Timestamps: [{ signedTimestamp: stamp.toString("base64") }],
      },
    }),
  };
}

function materialOf(by: SignedBy): Record<string, Json> {
  if (by.kind === "certificate") return { certificate: { rawBytes: by.der.toString("base64") } };
  const hint = Buffer.from(by.key.id.slice("sha256:".length), "hex").toString("base64");
  return { publicKey: { hint } };
}
