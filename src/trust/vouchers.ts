import type { TransparencyLogEntry } from "@sigstore/bundle";
import { EXTENSION_OID_SCT, RFC3161Timestamp, type X509Certificate } from "@sigstore/core";
import { Verifier, type SignedEntity, type TrustMaterial } from "@sigstore/verify";
import { createHash } from "node:crypto";
import type { EvidenceDemand } from "#model";
import type { SignedData } from "./crypto/signature.ts";
import { HASHES } from "./crypto/public-key.ts";
import { describeError } from "./describe-error.ts";
import { failed, type CheckFact } from "./facts.ts";
import { signedData, type Found } from "./find-signer.ts";
import { parseCertificate } from "./remembered.ts";
import { libraryFault } from "./library-fault.ts";
import { namesKey } from "./log-entry.ts";
import type { Artifact } from "./artifact.ts";
import type { Sealed } from "./sealed.ts";
import type { TrustedRoot } from "./trusted-root.ts";

/** What third parties said of a signature, as far as the root knows them and it is proved. */
export interface Vouched {
  readonly entries: readonly TransparencyLogEntry[];
  readonly stamps: readonly RFC3161Timestamp[];
}

/** What `vouch` works on. */
export interface VouchRequest {
  readonly sealed: Sealed;
  readonly artifact: Artifact;
  readonly found: Found;
  readonly root: TrustedRoot | undefined;
  readonly evidence: EvidenceDemand;
}

/**
 * Verifies the chain of a certificate, log entries and timestamps against the root. What is `required` or `optional` must
 * not be broken where it is there. An entry of a log that the root does not know proves nothing and is left out, and so is
 * what is asked as `none` and does not verify.
 */
export function vouch(request: VouchRequest): Vouched | CheckFact {
  const vouched = candidates(request);
  if ("check" in vouched) return vouched;
  const missing = missingOf(request, vouched);
  if (missing !== undefined) return missing;
  const { root, found } = request;
  if (root === undefined) return vouched;
  const broken = attempt(request, vouched, found.certificate !== undefined);
  return broken ?? entryFault(request, vouched) ?? vouched;
}

/** The trusted times of a signature: of timestamps, and of entries whose log promised them; earliest first. */
export function timesOf({ entries, stamps }: Vouched): readonly Date[] {
  return [
    ...entries.filter(isTimed).map((entry) => new Date(Number(entry.integratedTime) * 1000)),
    ...stamps.map((stamp) => stamp.signingTime),
  ].toSorted((a, b) => a.getTime() - b.getTime());
}

/** Only a promise signs the time of an entry; a proof of inclusion does not. */
function isTimed(entry: TransparencyLogEntry): boolean {
  return entry.inclusionPromise !== undefined && Number(entry.integratedTime) > 0;
}

function candidates(request: VouchRequest): Vouched | CheckFact {
  const { sealed, root, evidence } = request;
  if (root === undefined) return { entries: [], stamps: [] };
  const { tlogs, timestampAuthorities } = root.material;
  const stamps: RFC3161Timestamp[] = [];
  for (const der of sealed.timestamps) {
    const stamp = parseStamp(der);
    const isAsked = evidence.timestamp !== "none" && timestampAuthorities.length > 0;
    if (typeof stamp === "string" && isAsked)
      return failed("time", "a timestamp (RFC 3161)", stamp);
    if (typeof stamp !== "string" && (isAsked || holds(request, { entries: [], stamps: [stamp] })))
      stamps.push(stamp);
  }
  const entries = sealed.entries.filter((entry) =>
    evidence.tlog === "none"
      ? holds(request, { entries: [entry], stamps: [] })
      : tlogs.some((log) => log.logID.equals(entry.logId.keyId)),
  );
  return { entries, stamps };
}

function parseStamp(der: Buffer): RFC3161Timestamp | string {
  try {
    return RFC3161Timestamp.parse(Buffer.from(der));
  } catch (error) {
    return `a timestamp that cannot be read: ${describeError(error)}`;
  }
}

function holds(request: VouchRequest, vouched: Vouched): boolean {
  return (
    attempt(request, vouched, false) === undefined && entryFault(request, vouched) === undefined
  );
}

function missingOf(
  { sealed, evidence, root, found }: VouchRequest,
  { entries, stamps }: Vouched,
): CheckFact | undefined {
  const place = root === undefined ? ", and no root that knows any" : "";
  const others = sealed.entries.length - entries.length;
  const none = `none${place}${others > 0 ? `; ${others} of a log that the root does not know` : ""}`;
  if (evidence.tlog === "required" && entries.length === 0)
    return failed("log", "an entry of a log of the root", none);
  if (evidence.inclusionProof === "required" && !entries.some((entry) => entry.inclusionProof))
    return failed("log", "an entry with a proof that the log includes it", none);
  if (evidence.timestamp === "required" && stamps.length === 0)
    return failed("time", "a timestamp of an authority of the root", `none${place}`);
  if (found.certificate !== undefined && timesOf({ entries, stamps }).length === 0)
    return failed("time", "a log entry or timestamp that says when the certificate signed", none);
  return undefined;
}

/** Runs the library over all of it at once; what it throws is the fault. */
function attempt(
  request: VouchRequest,
  { entries, stamps }: Vouched,
  withCertificate: boolean,
): CheckFact | undefined {
  const { root, found, evidence, sealed, artifact } = request;
  if (root === undefined) return undefined;
  const material: TrustMaterial = {
    ...root.material,
    publicKey: () => ({ publicKey: found.key.key, validFor: () => true }),
  };
  try {
    const entity: SignedEntity = {
      signature: signatureContent(sealed, found, signedData(sealed, artifact)),
      key:
        withCertificate && found.certificate !== undefined
          ? { $case: "certificate", certificate: leafOf(found.certificate.x509, root, evidence) }
          : { $case: "public-key", hint: "" },
      tlogEntries: [...entries],
      timestamps: [
        ...entries.map((tlogEntry) => ({ $case: "transparency-log" as const, tlogEntry })),
        ...stamps.map((timestamp) => ({ $case: "timestamp-authority" as const, timestamp })),
      ],
    };
    const ctlogThreshold = withCertificate && evidence.sct === "required" ? 1 : 0;
    new Verifier(material, { tlogThreshold: 0, timestampThreshold: 0, ctlogThreshold }).verify(
      entity,
    );
    return undefined;
  } catch (error) {
    return libraryFault(error);
  }
}

/** The signature was verified before, by our own code for all kinds of keys; the library asks for the rest of it. */
function signatureContent(
  sealed: Sealed,
  found: Found,
  signed: SignedData,
): SignedEntity["signature"] {
  const { content, signature, stamped } = sealed;
  const logged: SignedData =
    content.kind === "dsse" ? { bytes: content.payload, digests: new Map() } : signed;
  return {
    signature: stamped ?? signature,
    compareSignature: (other) => other.equals(signature),
    compareDigest: (digest) => isDigestOf(logged, digest),
    compareSignedDigest: (digest) => isDigestOf(signed, digest),
    verifySignature: (key) => key.equals(found.key.key),
  };
}

function isDigestOf({ bytes, digests }: SignedData, digest: Buffer): boolean {
  const hash = HASHES.find((_, index) => digest.length === [32, 48, 64][index]);
  if (hash === undefined) return false;
  const hex =
    digests.get(hash) ?? (bytes === undefined ? "" : createHash(hash).update(bytes).digest("hex"));
  return hex === digest.toString("hex");
}

/**
 * A leaf whose certificate timestamps are not looked at, where none are asked: the library refuses those of an unknown log
 * whatever its threshold is.
 */
function leafOf(
  x509: X509Certificate,
  { material }: TrustedRoot,
  { sct }: EvidenceDemand,
): X509Certificate {
  if (sct === "required" || (sct === "optional" && material.ctlogs.length > 0)) return x509;
  const leaf = parseCertificate(x509.root.toDER());
  leaf.clone = () => {
    const clone = x509.clone();
    const at = clone.extensions.findIndex(({ subs }) => subs[0]?.toOID() === EXTENSION_OID_SCT);
    if (at >= 0) clone.extensions.splice(at, 1);
    return clone;
  };
  return leaf;
}

/**
 * What the library leaves unchecked about log entries: under whose key they are, and, where no promise bears the log's own
 * time, whether the log was valid at any time that is trusted.
 */
function entryFault({ found, root }: VouchRequest, vouched: Vouched): CheckFact | undefined {
  const times = timesOf(vouched);
  for (const entry of vouched.entries) {
    if (!namesKey(entry, found.key))
      return failed("log", `an entry about ${found.key.id}`, "an entry about another key");
    const logs = root?.material.tlogs.filter((log) => log.logID.equals(entry.logId.keyId)) ?? [];
    const isValid = logs.some(({ validFor }) =>
      times.some((time) => validFor.start <= time && time <= validFor.end),
    );
    if (!isTimed(entry) && times.length > 0 && !isValid)
      return failed("log", "an entry of a log that was valid then", times[0]?.toISOString() ?? "");
  }
  return undefined;
}
