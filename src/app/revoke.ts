import { resolve } from "node:path";
import type { Revocable, Revoking } from "#desired";
import {
  isInRange,
  isVersionRange,
  parseArtifactRef,
  parseDigest,
  parseTime,
  selectLine,
  versionIdentity,
  type ArtifactRef,
  type Digest,
  type VersionLine,
} from "#model";
import { artifactNamed, promotionPath, writeEdit, type EditAnswer } from "./edit-file.ts";
import { load, type Loaded } from "./load.ts";
import { readInput } from "./read-input.ts";
import { readPromotion } from "./replace-file.ts";
import { RequestError } from "./request-error.ts";

/** What `waybill revoke` is asked: exactly one of a target, an authority and a key. */
export interface RevokeRequest {
  readonly root: string;
  /** Where the person stands: the path of a key is relative to it. */
  readonly folder: string;
  readonly now: Date;
  /** ARTIFACT@VERSION, ARTIFACT with `versions`, or a digest, as typed. */
  readonly target?: string | undefined;
  /** A range of SemVer versions. */
  readonly versions?: string | undefined;
  readonly authority?: string | undefined;
  /** A file with the public key. */
  readonly key?: string | undefined;
  readonly reason: string;
  readonly reference?: string | undefined;
  readonly at?: string | undefined;
}

const PATH = "policies/revocations.yaml";
const MAX_KEY = 64 * 1024;

/** `waybill revoke`: says in `policies/revocations.yaml` that something is not eligible for new use (003-13, issue 5 §6). */
export async function revoke(request: RevokeRequest, signal: AbortSignal): Promise<EditAnswer> {
  checkTime(request.at);
  const [loaded, file, rooms] = await Promise.all([
    load(request, signal),
    readPromotion(request.root, PATH),
    import("#desired"),
  ]);
  const targets = await targetsOf(request, loaded, signal);
  const { reason, reference } = request;
  let text = file?.text;
  let changed = false;
  for (const target of targets) {
    const revoking: Revoking = { target, reason, reference, at: timeOf(request, target) };
    const edit =
      text === undefined
        ? ({ kind: "changed", text: rooms.newRevocations(revoking) } as const)
        : rooms.revoke({ path: PATH, text }, revoking);
    if (edit.kind === "refused") return { kind: "refused", diagnostics: [edit.diagnostic] };
    if (edit.kind === "changed") [text, changed] = [edit.text, true];
  }
  const edit =
    changed && text !== undefined
      ? ({ kind: "changed", text } as const)
      : ({ kind: "same" } as const);
  const sentence = `Revoked ${targets.map(nameOf).join(", ")}: commit it and open a pull request; a plan will show what it stops.`;
  const change = { path: PATH, before: file?.text, edit, sentence };
  return writeEdit(request.root, change, loaded, signal);
}

function checkTime(at: string | undefined): void {
  if (at === undefined || parseTime(at) !== undefined) return;
  throw new RequestError(`--at ${at} is no time.`, "write it as RFC 3339: 2026-12-01T00:00:00Z");
}

/**
 * What is revoked itself is so whatever the time, which is then only when it was said. For a key or an authority the time
 * says which signatures stand, and nobody may guess that: without one none do.
 */
function timeOf({ at, now }: RevokeRequest, { kind }: Revocable): string | undefined {
  if (at !== undefined || kind === "key" || kind === "authority") return at;
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}

function nameOf(target: Revocable): string {
  switch (target.kind) {
    case "digest":
      return target.digest;
    case "key":
      return `the key ${target.key}`;
    case "authority":
      return `the authority ${target.authority}`;
    case "versions": {
      const count = `${target.digests.length} ${target.digests.length === 1 ? "digest" : "digests"}`;
      return `${target.project}/${target.name} ${target.range} (${count})`;
    }
  }
}

async function targetsOf(
  request: RevokeRequest,
  loaded: Loaded,
  signal: AbortSignal,
): Promise<readonly Revocable[]> {
  const { target, authority, key, versions } = request;
  if (authority !== undefined) return [await authorityNamed(authority, loaded)];
  if (key !== undefined) return [await keyIn(request, key, signal)];
  const text = target ?? "";
  const digest = parseDigest(text);
  if (digest !== undefined) return [{ kind: "digest", digest, only: false }];
  if (versions !== undefined) return [await rangeOf(artifactNamed(text, false), versions, loaded)];
  const ref = parseArtifactRef(text);
  if (typeof ref !== "string" && ref.selector === undefined)
    throw new RequestError(
      `${text} names no version.`,
      "write PROJECT/NAME@VERSION, or say which with --versions RANGE",
    );
  const digests = await digestsOfVersion(artifactNamed(text, true), loaded);
  return digests.map((each) => ({ kind: "digest", digest: each, only: false }));
}

async function authorityNamed(authority: string, { files }: Loaded): Promise<Revocable> {
  const { readPolicies } = await import("#desired");
  const known = [...(readPolicies(files).policies.trust?.policy.authorities.keys() ?? [])];
  if (known.includes(authority)) return { kind: "authority", authority };
  throw new RequestError(
    `policies/trust.yaml has no authority ${authority}.`,
    known.length === 0 ? undefined : `it has ${known.join(", ")}`,
  );
}

async function keyIn(
  { folder }: RevokeRequest,
  name: string,
  signal: AbortSignal,
): Promise<Revocable> {
  const file = { path: resolve(folder, name), name, what: "a public key", maxBytes: MAX_KEY };
  const [bytes, { parsePublicKey }] = await Promise.all([
    readInput(file, signal),
    import("#trust"),
  ]);
  const key = parsePublicKey(bytes);
  if (typeof key === "string") throw new RequestError(`${name} names no key to revoke: ${key}.`);
  return { kind: "key", key: key.id };
}

async function rangeOf(ref: ArtifactRef, range: string, loaded: Loaded): Promise<Revocable> {
  if (ref.selector !== undefined)
    throw new RequestError(
      `${ref.project}/${ref.name}@${ref.selector} names a version, and --versions others.`,
      "write PROJECT/NAME --versions RANGE",
    );
  if (!isVersionRange(range))
    throw new RequestError(
      `--versions ${range} is no range of SemVer versions.`,
      'write it like ">=1.4.0 <1.4.2"; revoke other versions one by one',
    );
  const lines = await linesEver(ref, loaded);
  const digests = lines.flatMap((line) => (isInRange(line.version, range) ? [line.digest] : []));
  const { project, name } = ref;
  return { kind: "versions", project, name, range, digests: [...new Set(digests)].toSorted() };
}

/** The digests that a version ever held; a digest or its beginning means the one that it is. */
async function digestsOfVersion(ref: ArtifactRef, loaded: Loaded): Promise<readonly Digest[]> {
  const selector = ref.selector ?? "";
  const lines = await linesEver(ref, loaded);
  const named = lines.filter((line) => selectLine([line], selector).kind === "line");
  const exact = named.filter(
    ({ version }) => versionIdentity(version) === versionIdentity(selector),
  );
  const digests = [...new Set((exact.length > 0 ? exact : named).map(({ digest }) => digest))];
  if (digests.length === 0)
    throw new RequestError(
      `${promotionPath(ref)} lists no version ${selector}, and never did on this branch.`,
      "name its digest",
    );
  if (exact.length === 0 && digests.length > 1)
    throw new RequestError(
      `${selector} could be any of ${digests.join(", ")}.`,
      "write the version, or more of the digest",
    );
  return digests.toSorted();
}

/** Every line that the artifact's file has, or ever had on the branch (issue 5 §2: "every digest that ever held such a name"). */
async function linesEver(ref: ArtifactRef, loaded: Loaded): Promise<readonly VersionLine[]> {
  const { readBase } = await import("#desired");
  const path = promotionPath(ref);
  const { git, commit } = loaded.revisions;
  const texts = git && commit !== undefined ? await git.everText(commit, path) : [];
  if (texts === undefined)
    throw new RequestError(
      "This clone does not have the whole history, so that which digests held such a name is not known.",
      "git fetch --unshallow; in CI, check out with fetch-depth: 0",
    );
  const past = readBase(
    texts.map((text) => ({ path, text })),
    [],
  );
  const now = loaded.documents.filter(({ file }) => file === path);
  const documents = [...now, ...past.documents];
  if (documents.length > 0) return documents.flatMap(({ lines }) => lines);
  throw new RequestError(`There is no ${path}, and never was on this branch.`, "name the digest");
}
