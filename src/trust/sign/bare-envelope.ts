import { readJson, valueAt } from "../read-json.ts";

/** The DSSE envelope of a bundle, and whether a key alone vouches for it. */
export interface BareEnvelope {
  readonly text: string;
  readonly isByKey: boolean;
}

/** Takes the envelope out of a bundle, the signature in it unchanged; undefined where it has none. */
export function bareEnvelope(bundle: Buffer): BareEnvelope | undefined {
  const read = readJson(bundle, bundle.length);
  if (read.kind === "bad") return undefined;
  const envelope = valueAt(read.value, "dsseEnvelope");
  if (envelope === undefined) return undefined;
  const key = valueAt(valueAt(read.value, "verificationMaterial"), "publicKey");
  return { text: JSON.stringify(envelope), isByKey: key !== undefined };
}
