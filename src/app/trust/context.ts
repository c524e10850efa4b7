import { createHash } from "node:crypto";
import type { Policies, SourceFile } from "#desired";
import {
  canonicalJson,
  revocationKey,
  type Channel,
  type Diagnostic,
  type Digest,
  type Revocation,
  type TrustPolicy,
} from "#model";
import type { GitRepository } from "#scm";
import type { VerifyingAuthority } from "#trust";
import { checkOwnFiles } from "./check-own-files.ts";
import {
  readPolicyFiles,
  TRUST_FILES,
  type PolicyFiles,
  type PolicySource,
} from "./policy-files.ts";
import { prepareAll } from "./prepare.ts";

/**
 * The policy that is in force: of one revision, with every file that it names (promise 11, issue 5 §2). There is none where
 * neither trust.yaml nor revocations.yaml exists and no channel has `requires` or `attestation`.
 */
export interface TrustContext {
  /** The commit that it was read from; undefined: the work tree, there is no commit. */
  readonly revision: string | undefined;
  /** Undefined: there is no trust file at that revision. */
  readonly policy: TrustPolicy | undefined;
  /** Those of the revision and of the work tree together. */
  readonly revocations: readonly Revocation[];
  /** The revision's channels, and the tree's own where the revision does not have them yet. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** The authorities that can verify, by name; those of a host sign nothing and are not here. */
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  /** Path → text of every policy file of the revision that took part. */
  readonly files: ReadonlyMap<string, string>;
  /** SHA-256 of the canonical JSON of path → SHA-256 of those files. */
  readonly policyDigest: Digest;
  /** What is wrong with the revision's own trust files where the work tree has others: while there is an error, nothing is decided. */
  readonly broken: readonly Diagnostic[];
  /** For the names that digests held once. */
  readonly git: GitRepository | undefined;
}

/** What a context is made from. */
export interface TrustRequest extends PolicySource {
  /** The rules of channels, as the authority has them. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** The work tree's own policies, and its files. */
  readonly own: { readonly policies: Policies; readonly files: readonly SourceFile[] };
  /** Of a later commit: what was revoked meanwhile is revoked for a run that is late, too. */
  readonly later?: Policies | undefined;
  readonly now: Date;
}

/** The context, and what is wrong with the work tree's own trust files. */
export interface TrustReading {
  readonly context: TrustContext | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const NOTHING: TrustReading = { context: undefined, diagnostics: [] };

/** Reads the policy in force; where nothing asks for trust, not one file more is read and no verifier is loaded. */
export async function readTrust(request: TrustRequest, signal: AbortSignal): Promise<TrustReading> {
  if (!asksForTrust(request)) return NOTHING;
  signal.throwIfAborted();
  const { git, revision, reading, channels, own, later, now } = request;
  const files = await readPolicyFiles(request);
  const [diagnostics, broken, prepared] = await Promise.all([
    checkOwnFiles(own, now),
    brokenAt(request, files),
    prepareAll(reading.policies.trust?.policy, files.texts),
  ]);
  const context: TrustContext = {
    revision,
    policy: reading.policies.trust?.policy,
    revocations: revocationsOf(
      reading.policies,
      own.policies,
      ...(later === undefined ? [] : [later]),
    ),
    channels,
    authorities: prepared,
    files: files.texts,
    policyDigest: digestOf(files.texts),
    broken,
    git,
  };
  return { context, diagnostics };
}

function asksForTrust({ reading, channels, own, later }: TrustRequest): boolean {
  const policies = [reading.policies, own.policies, ...(later === undefined ? [] : [later])];
  return (
    policies.some(({ trust, revocations }) => trust !== undefined || revocations !== undefined) ||
    own.files.some(({ path }) => TRUST_FILES.has(path)) ||
    [...channels.values(), ...(own.policies.channels?.channels.values() ?? [])].some(
      ({ requires, attestation }) => requires !== undefined || attestation !== undefined,
    )
  );
}

/**
 * What makes the revision's policy one that nothing can be decided by. Where the work tree holds the same files its own
 * diagnostics say the same and end the run; where it does not, this may be the pull request that repairs them.
 */
async function brokenAt(
  { reading, revision, own, now }: TrustRequest,
  files: PolicyFiles,
): Promise<readonly Diagnostic[]> {
  if (revision === undefined) return [];
  if (isSame(files, own.files)) return [];
  const found = await checkOwnFiles({ policies: reading.policies, files: files.all }, now);
  const paths = new Set(files.paths);
  const read = reading.diagnostics.filter(({ file }) => paths.has(file));
  return [...read, ...found].filter(
    ({ code, severity }) => severity === "error" && !BY_TIME.has(code),
  );
}

/** Whether the work tree holds the very files of the revision; a link is not what it leads to. */
function isSame({ paths, all }: PolicyFiles, own: readonly SourceFile[]): boolean {
  const [theirs, mine] = [all, own].map(
    (files) => new Map(files.map((file) => [file.path, [file.text, file.symlink !== undefined]])),
  );
  return paths.every((path) => String(theirs?.get(path)) === String(mine?.get(path)));
}

/** Mistakes that time makes: policy judges those by itself. */
const BY_TIME: ReadonlySet<string> = new Set(["root-stale", "key-expired"]);

/** Base ∪ head: what either revokes is revoked, and a lifted entry must be lifted in both. */
function revocationsOf(...policies: readonly Policies[]): readonly Revocation[] {
  const all = policies.flatMap(({ revocations }) => revocations?.revocations ?? []);
  const known = new Map(
    all.map((entry) => [
      JSON.stringify([revocationKey(entry), entry.revokedAt, entry.rescinded, digestsOf(entry)]),
      entry,
    ]),
  );
  return [...known.values()];
}

function digestsOf({ target }: Revocation): readonly (Digest | boolean)[] {
  if (target.kind === "versions") return target.digests;
  return target.kind === "digest" ? [target.only] : [];
}

function digestOf(files: ReadonlyMap<string, string>): Digest {
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, sha256(text)]));
  return `sha256:${sha256(canonicalJson(hashes))}` as Digest;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
