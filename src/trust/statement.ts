import { parseDigest, type Digest, type EvidenceContent, type Json } from "#model";
import { HASHES, type HashName } from "./crypto/public-key.ts";
import { itemsOf, readJson, textAt, valueAt } from "./read-json.ts";
import type { Sealed } from "./sealed.ts";

/** An in-toto statement: what is said of which subjects. */
export interface Statement {
  readonly subjects: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: Json;
}

export interface StatementSubject {
  readonly name: string | undefined;
  /** By the hashes that are known here; a subject may have none of them. */
  readonly digests: ReadonlyMap<HashName, string>;
}

const IN_TOTO = "application/vnd.in-toto+json";
/** What `cosign sign` of version 3 writes: a signature in the form of a statement. */
export const COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1";

const TYPES = new Set(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]);
const SIMPLE_SIGNING = new Set(["cosign container image signature", COSIGN_SIGN]);
const MAX_SUBJECTS = 4096;
const MAX_PAYLOAD = 32 * 1024 * 1024;

/** Reads an in-toto statement v1 or v0.1; a string tells what is wrong. */
export function parseStatement(document: Json): Statement | string {
  const type = textAt(document, "_type");
  if (type === undefined) return "it has no _type, so it is no in-toto statement";
  if (!TYPES.has(type)) return `its _type is ${type.slice(0, 100)}, which is not known`;
  const predicateType = textAt(document, "predicateType");
  if (!predicateType) return "it has no predicateType";
  const subjects = itemsOf(valueAt(document, "subject"));
  if (subjects.length === 0) return "it has no subject";
  if (subjects.length > MAX_SUBJECTS) return `it has more than ${MAX_SUBJECTS} subjects`;
  return {
    subjects: subjects.map(subjectOf),
    predicateType,
    predicate: valueAt(document, "predicate") ?? null,
  };
}

function subjectOf(item: Json): StatementSubject {
  const digest = valueAt(item, "digest");
  return {
    name: textAt(item, "name"),
    digests: new Map(
      HASHES.flatMap((hash) => {
        const hex = textAt(digest, hash);
        return hex === undefined ? [] : [[hash, hex] as const];
      }),
    ),
  };
}

/** What a signature says of what, once it is read: a statement, cosign's payload, or nothing but the file itself. */
export type Claim =
  | { readonly kind: "statement"; readonly statement: Statement }
  | { readonly kind: "simple-signing"; readonly digest: Digest }
  | { readonly kind: "message" }
  | { readonly kind: "bad"; readonly expected: string; readonly found: string };

/** Reads what was signed. It is believed only once the signature is. */
export function claimOf({ content }: Sealed): Claim {
  switch (content.kind) {
    case "message":
      return { kind: "message" };
    case "simple-signing":
      return simpleSigningOf(content.payload);
    case "dsse": {
      if (content.payloadType !== IN_TOTO)
        return { kind: "bad", expected: IN_TOTO, found: content.payloadType.slice(0, 200) };
      const read = readJson(content.payload, MAX_PAYLOAD);
      const statement = read.kind === "bad" ? read.why : parseStatement(read.value);
      return typeof statement === "string"
        ? { kind: "bad", expected: "an in-toto statement", found: statement }
        : { kind: "statement", statement };
    }
  }
}

/** cosign's payload (containers/image, "simple signing"): its type and the digest of the manifest. */
function simpleSigningOf(payload: Buffer): Claim {
  const read = readJson(payload, MAX_PAYLOAD);
  const expected = "a simple signing payload of cosign";
  if (read.kind === "bad") return { kind: "bad", expected, found: read.why };
  const critical = valueAt(read.value, "critical");
  const type = textAt(critical, "type");
  if (type === undefined || !SIMPLE_SIGNING.has(type))
    return { kind: "bad", expected, found: `the type "${type?.slice(0, 100) ?? ""}"` };
  const digest = parseDigest(textAt(valueAt(critical, "image"), "docker-manifest-digest") ?? "");
  return digest === undefined
    ? { kind: "bad", expected, found: "no digest of a manifest" }
    : { kind: "simple-signing", digest };
}

/** A claim as the policy sees it: a signature, or an attestation of some type. */
export function contentOf(claim: Claim): EvidenceContent {
  switch (claim.kind) {
    case "message":
    case "simple-signing":
      return { kind: "signature" };
    case "statement":
      return attestationOf(claim.statement);
    case "bad":
      return { kind: "unreadable", why: `expected ${claim.expected}, found ${claim.found}` };
  }
}

/** A statement as the policy sees it; cosign's own kind is a signature and nothing else. */
export function attestationOf({ predicateType, predicate }: Statement): EvidenceContent {
  return predicateType === COSIGN_SIGN
    ? { kind: "signature" }
    : { kind: "attestation", predicateType, predicate };
}
