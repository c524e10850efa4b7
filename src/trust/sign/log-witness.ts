import { decodeBase64 } from "../base64.ts";
import type { Json } from "#model";
import { itemsOf, readJson, textAt, valueAt } from "../read-json.ts";
import type { Envelope } from "./seal.ts";
import { badAnswer, callService, type Service } from "./service-call.ts";
import type { SignedBy } from "./signer.ts";

/** Puts an envelope into a Rekor of version 1, and gives the entry as a bundle has it (rekor, openapi.yaml; type `dsse` 0.0.1). */
export async function logEnvelope(
  rekor: URL,
  { envelope, by }: { readonly envelope: Envelope; readonly by: SignedBy },
  signal: AbortSignal,
): Promise<Json> {
  const service: Service = { name: "Rekor", url: rekor, code: "sign-log" };
  const body = JSON.stringify({
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      proposedContent: {
        envelope: JSON.stringify(envelope),
        verifiers: [Buffer.from(pemOf(by)).toString("base64")],
      },
    },
  });
  const path = "/api/v1/log/entries";
  const answer = await callService(service, { path, body, also: [409] }, signal);
  if (answer.status !== 409) return entryIn(answer.bytes, service);
  // The very same entry is there already: a try that was not heard of.
  const id = /\/([0-9a-f]{64,80})$/.exec(answer.location ?? "")?.[1];
  if (id === undefined) throw badAnswer(service, "that the entry is there, and not where");
  const known = await callService(service, { path: `${path}/${id}`, method: "GET" }, signal);
  return entryIn(known.bytes, service);
}

function pemOf(by: SignedBy): string {
  if (by.kind === "key") return by.key.key.export({ type: "spki", format: "pem" }).toString();
  const lines = by.der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function entryIn(bytes: Buffer, service: Service): Json {
  const read = readJson(bytes, bytes.length);
  const [entry] =
    read.kind === "json" && read.value !== null && typeof read.value === "object"
      ? Object.values(read.value)
      : [];
  const body = textAt(entry, "body");
  const verification = valueAt(entry, "verification");
  const promise = textAt(verification, "signedEntryTimestamp");
  const kind = kindIn(body ?? "");
  if (body === undefined || promise === undefined || kind === undefined)
    throw badAnswer(service, "no entry with its promise");
  const proof = proofIn(valueAt(verification, "inclusionProof"));
  return {
    logIndex: numberText(valueAt(entry, "logIndex")),
    logId: { keyId: hexToBase64(textAt(entry, "logID")) },
    kindVersion: kind,
    integratedTime: numberText(valueAt(entry, "integratedTime")),
    inclusionPromise: { signedEntryTimestamp: promise },
    ...(proof === undefined ? {} : { inclusionProof: proof }),
    canonicalizedBody: body,
  };
}

function kindIn(body: string): { readonly kind: string; readonly version: string } | undefined {
  const bytes = decodeBase64(body);
  const read = bytes && readJson(bytes, bytes.length);
  if (read?.kind !== "json") return undefined;
  const [kind, version] = [textAt(read.value, "kind"), textAt(read.value, "apiVersion")];
  return kind === undefined || version === undefined ? undefined : { kind, version };
}

function proofIn(proof: Json | undefined): Json | undefined {
  const checkpoint = textAt(proof, "checkpoint");
  if (checkpoint === undefined) return undefined;
  return {
    logIndex: numberText(valueAt(proof, "logIndex")),
    rootHash: hexToBase64(textAt(proof, "rootHash")),
    treeSize: numberText(valueAt(proof, "treeSize")),
    hashes: itemsOf(valueAt(proof, "hashes")).map((hash) =>
      hexToBase64(typeof hash === "string" ? hash : undefined),
    ),
    checkpoint: { envelope: checkpoint },
  };
}

/** Protobuf's JSON writes 64-bit numbers as text. */
function numberText(value: Json | undefined): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "0";
}

function hexToBase64(hex: string | undefined): string {
  return Buffer.from(hex ?? "", "hex").toString("base64");
}
