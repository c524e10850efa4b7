import { createHash } from "node:crypto";
import { lstat, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TrustRoot } from "#model";
import { writeEdit, type EditAnswer } from "./edit-file.ts";
import { load, type Loaded } from "./load.ts";
import { readPromotion, replaceFile } from "./replace-file.ts";
import { RequestError } from "./request-error.ts";
import { rootParts } from "./root-parts.ts";

/** What `waybill trust update` is asked. */
export interface TrustUpdateRequest {
  readonly root: string;
  readonly now: Date;
  /** A TUF repository; undefined: that of Sigstore's public instance. */
  readonly mirror?: string | undefined;
  /** The root's name in `trust.yaml`; undefined: the only one that it has. */
  readonly name?: string | undefined;
}

/** What an update came to, and a line for each part of the root that came or went. */
export interface TrustUpdateAnswer {
  readonly edit: EditAnswer;
  readonly changes: readonly string[];
}

const TRUST = "policies/trust.yaml";
const DEADLINE_MS = 120_000;

/**
 * `waybill trust update`: the only command of trust that needs a network. Fetches a trusted root by TUF, and writes its
 * file, `sha256` and `fetchedAt` together (issue 5 §3); what is written is a change for a pull request, and believed by
 * nobody before it is merged.
 */
export async function updateTrust(
  request: TrustUpdateRequest,
  signal: AbortSignal,
): Promise<TrustUpdateAnswer> {
  const [loaded, yaml] = await Promise.all([
    load(request, signal),
    readPromotion(request.root, TRUST),
  ]);
  if (yaml === undefined)
    throw new RequestError(
      `There is no ${TRUST}.`,
      "write it first, with the authorities that need a root",
    );
  const target = await targetOf(request, loaded);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const bytes = await fetchBytes(request, target.name, limited);
  const before = await readPromotion(request.root, target.file);
  const text = Buffer.from(bytes).toString("utf8");
  if (before?.text === text && target.sha256 === sha256(bytes)) {
    const sentence = `The root ${target.name} is still the newest: nothing was changed, its fetchedAt neither (file, sha256 and fetchedAt change together).`;
    return { edit: { kind: "unchanged", file: target.file, sentence }, changes: [] };
  }
  const changes = differences(before?.text, bytes);
  await replaceFile(request.root, { path: target.file, before: before?.text, text });
  const edit = await writeTrust(
    request,
    { loaded, yaml: yaml.text, target, sha256: sha256(bytes) },
    signal,
  ).catch(async (error: unknown) => {
    await putBack(request.root, { path: target.file, text, before: before?.text });
    throw error;
  });
  if (edit.kind === "refused")
    await putBack(request.root, { path: target.file, text, before: before?.text });
  return { edit, changes };
}

interface Target {
  readonly name: string;
  readonly file: string;
  /** Undefined: `trust.yaml` does not have it yet. */
  readonly sha256: string | undefined;
}

async function targetOf({ name }: TrustUpdateRequest, { files }: Loaded): Promise<Target> {
  const { readPolicies } = await import("#desired");
  const roots = [...(readPolicies(files).policies.trust?.policy.roots.values() ?? [])];
  const chosen = chosenOf(roots, name);
  if (chosen !== undefined) return chosen;
  const known = roots.map((root) => root.name).join(", ");
  if (name === undefined)
    throw new RequestError(
      known === "" ? `${TRUST} has no roots.` : `${TRUST} has several roots: ${known}.`,
      "name one with --root NAME",
    );
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new RequestError(
      `--root ${name} is no name of a root.`,
      "lower-case letters, digits and -",
    );
  return { name, file: `policies/trust/${name}.json`, sha256: undefined };
}

function chosenOf(roots: readonly TrustRoot[], name: string | undefined): TrustRoot | undefined {
  if (name !== undefined) return roots.find((root) => root.name === name);
  return roots.length === 1 ? roots[0] : undefined;
}

async function fetchBytes(
  { root, mirror, now }: TrustUpdateRequest,
  name: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const trust = await import("#trust");
  const own = await ownAnchor(root, name);
  const base = trust.parseMirror(mirror ?? trust.PUBLIC_GOOD_MIRROR);
  if (typeof base === "string") throw new RequestError(`--mirror: ${base}.`);
  const { bytes } = await trust.fetchTrustedRoot(
    { mirror: trust.httpMirror(base), anchor: own ?? trust.publicGoodAnchor(), now },
    signal,
  );
  const parsed = trust.parseTrustedRoot(bytes);
  if (typeof parsed === "string")
    throw new RequestError(`What ${base.origin} signs as trusted_root.json is none: ${parsed}.`);
  return bytes;
}

/** The TUF root of another instance than the public one, which was reviewed and lies beside its trusted root. */
async function ownAnchor(root: string, name: string): Promise<Uint8Array | undefined> {
  const path = join(root, `policies/trust/${name}.tuf.json`);
  const found = await lstat(path).catch((error: unknown) => absentOnly(error, name));
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > 1024 * 1024)
    throw new RequestError(`policies/trust/${name}.tuf.json is no file of at most 1 MiB.`);
  return readFile(path);
}

/** One that cannot be looked at may be there, and must not be passed over for the public instance's. */
function absentOnly(error: unknown, name: string): undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "ENOENT" || code === "ENOTDIR") return undefined;
  throw new RequestError(
    `policies/trust/${name}.tuf.json cannot be looked at (${code}).`,
    "make it readable: whose root is fetched depends on it",
  );
}

interface Writing {
  readonly loaded: Loaded;
  readonly yaml: string;
  readonly target: Target;
  readonly sha256: string;
}

async function writeTrust(
  { root, now }: TrustUpdateRequest,
  { loaded, yaml, target, sha256: hash }: Writing,
  signal: AbortSignal,
): Promise<EditAnswer> {
  const { renewRoot } = await import("#desired");
  const { name, file } = target;
  const fetchedAt = now.toISOString().replace(/\.\d+Z$/, "Z");
  const edit = renewRoot({ path: TRUST, text: yaml }, { name, file, sha256: hash, fetchedAt });
  const sentence = `Renewed the root ${name}: look at what changed, commit both files and open a pull request.`;
  return writeEdit(root, { path: TRUST, before: yaml, edit, sentence }, loaded, signal);
}

async function putBack(
  root: string,
  {
    path,
    text,
    before,
  }: { readonly path: string; readonly text: string; readonly before: string | undefined },
): Promise<void> {
  if (before === undefined) await rm(join(root, path), { force: true });
  else await replaceFile(root, { path, before: text, text: before });
}

function differences(before: string | undefined, bytes: Uint8Array): readonly string[] {
  const [old, next] = [partsOf(Buffer.from(before ?? "")), partsOf(bytes)];
  return [
    ...old.filter((part) => !next.includes(part)).map((part) => `- ${part}`),
    ...next.filter((part) => !old.includes(part)).map((part) => `+ ${part}`),
  ];
}

/** What is no JSON document has no parts that could be named. */
function partsOf(bytes: Uint8Array): readonly string[] {
  try {
    return rootParts(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
