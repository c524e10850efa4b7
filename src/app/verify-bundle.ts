import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { formatDuration, parseDigest } from "#model";
import type { BundleResult, BundleRoot } from "#report";
import type {
  Artifact,
  neededHashes as NeededHashes,
  ReadEvidence,
  TrustedRoot,
  Verification,
  VerifyingAuthority,
} from "#trust";
import { readInput } from "./read-input.ts";
import { RequestError } from "./request-error.ts";

/** What `waybill verify-bundle` is asked; paths are relative to `folder`. */
export interface VerifyBundleRequest {
  readonly folder: string;
  readonly bundle: string;
  readonly fileOrDigest: string;
  readonly signer: ExpectedSigner;
  readonly trustedRoot: string | undefined;
  readonly staging: boolean;
  readonly now: Date;
}

/** Who must have signed: exactly this identity, or this key. */
export type ExpectedSigner =
  | { readonly kind: "keyless"; readonly subject: string; readonly issuer: string }
  | { readonly kind: "key"; readonly file: string };

/** The facts, and whether they make it verified. */
export interface VerifyBundleAnswer {
  readonly result: BundleResult;
  readonly exitCode: 0 | 1;
}

const MAX_ROOT = 4 * 1024 * 1024;
const MAX_KEY = 64 * 1024;

/** `waybill verify-bundle`: one file or digest against one bundle, with no network and no policy (issue 5 §3). */
export async function verifyBundle(
  request: VerifyBundleRequest,
  signal: AbortSignal,
): Promise<VerifyBundleAnswer> {
  const { bestOf, neededHashes, verifyEvidence } = await import("#trust");
  const { root, shown } = await rootOf(request, signal);
  const authority = await authorityOf(request, root, signal);
  const evidence = await evidenceOf(request, signal);
  const artifact = await artifactOf(request, neededHashes(evidence, authority), signal);
  const verification = bestOf(
    verifyEvidence(evidence, { artifact, authority, wanted: undefined, now: request.now }),
  );
  return {
    result: resultOf(request, { evidence, verification, shown }),
    exitCode: verification.outcome === "pass" ? 0 : 1,
  };
}

interface ShownRoot {
  readonly root: TrustedRoot;
  readonly shown: BundleRoot;
}

async function rootOf(request: VerifyBundleRequest, signal: AbortSignal): Promise<ShownRoot> {
  const { trustedRoot: name, folder, now } = request;
  const { defaultRoot, parseTrustedRoot } = await import("#trust");
  if (name !== undefined) {
    const path = resolve(folder, name);
    const bytes = await readInput(
      { path, name, what: "a trusted root", maxBytes: MAX_ROOT },
      signal,
    );
    const root = parseTrustedRoot(bytes);
    if (typeof root === "string") throw new RequestError(`${name} is no trusted root: ${root}`);
    return { root, shown: { name, sha256: root.sha256, fetchedAt: undefined, age: undefined } };
  }
  if (request.staging)
    throw new RequestError(
      "there is no copy of the staging instance's root in this package, and nothing is fetched",
      "give its trusted_root.json with --trusted-root FILE",
    );
  const { root, name: whose, fetchedAt } = defaultRoot();
  const age = formatDuration(now.getTime() - Date.parse(fetchedAt));
  return { root, shown: { name: whose, sha256: root.sha256, fetchedAt, age } };
}

async function authorityOf(
  { signer, folder }: VerifyBundleRequest,
  root: TrustedRoot,
  signal: AbortSignal,
): Promise<VerifyingAuthority> {
  const { parsePublicKey, usualDemand } = await import("#trust");
  if (signer.kind === "keyless") {
    return {
      kind: "keyless",
      issuer: { kind: "exactly", text: signer.issuer },
      subject: { kind: "exactly", text: signer.subject },
      extensions: new Map(),
      root,
      evidence: usualDemand(root, "keyless"),
    };
  }
  const name = signer.file;
  const path = resolve(folder, name);
  const key = parsePublicKey(
    await readInput({ path, name, what: "a public key", maxBytes: MAX_KEY }, signal),
  );
  if (typeof key === "string") throw new RequestError(`${name} is no key to verify with: ${key}`);
  return {
    kind: "keys",
    keys: [{ key, validFrom: undefined, validTo: undefined }],
    root,
    evidence: usualDemand(root, "keys"),
  };
}

async function evidenceOf(
  { folder, bundle: name }: VerifyBundleRequest,
  signal: AbortSignal,
): Promise<ReadEvidence> {
  const { MAX_EVIDENCE, readEvidenceFile } = await import("#trust");
  const path = resolve(folder, name);
  return readEvidenceFile(
    await readInput({ path, name, what: "a bundle", maxBytes: MAX_EVIDENCE }, signal),
  );
}

/** A path wins over a digest: what lies there under the name of a digest is what was meant. */
async function artifactOf(
  { folder, fileOrDigest }: VerifyBundleRequest,
  hashes: ReturnType<typeof NeededHashes>,
  signal: AbortSignal,
): Promise<Artifact> {
  const { artifactOfDigest, hashFile } = await import("#trust");
  const path = resolve(folder, fileOrDigest);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) {
    return hashFile(path, hashes, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new RequestError(`${fileOrDigest} cannot be read`);
    });
  }
  const digest = parseDigest(fileOrDigest);
  if (found !== undefined) throw new RequestError(`${fileOrDigest} is no file`);
  if (digest === undefined)
    throw new RequestError(
      `${fileOrDigest} is neither a file nor a digest`,
      "a digest is sha256: and 64 lower-case hex digits",
    );
  return artifactOfDigest(digest);
}

function resultOf(
  { bundle, fileOrDigest }: VerifyBundleRequest,
  {
    evidence,
    verification,
    shown,
  }: {
    readonly evidence: ReadEvidence;
    readonly verification: Verification;
    readonly shown: BundleRoot;
  },
): BundleResult {
  const { checks, outcome, signer, trustedTime, claim } = verification;
  return {
    outcome,
    artifact: fileOrDigest,
    bundle,
    form: evidence.form,
    version: evidence.kind === "signed" ? evidence.version : undefined,
    root: shown,
    checks,
    signer,
    trustedTime,
    says:
      signer && claim?.kind === "statement" ? claim.statement.predicateType : signer && "signature",
  };
}
