import { createHash } from "node:crypto";
import { parseTime, type Json } from "#model";
import { itemsOf, readJson, textAt, valueAt } from "../read-json.ts";
import { isSignedBy, tufKey, type TufKey } from "./keys.ts";
import { signedBytes } from "./signed-bytes.ts";
import { TufError, type TufErrorCode } from "./tuf-error.ts";

export type Role = "root" | "timestamp" | "snapshot" | "targets";

/** One file of metadata, in its form, but not believed yet. */
export interface Metadata {
  readonly role: Role;
  readonly version: number;
  readonly signed: Json;
  readonly bytes: Buffer;
  /** Key id → signature in hex. */
  readonly signatures: ReadonlyMap<string, string>;
}

/** Who may sign a role, and how many of them must. */
export interface RoleKeys {
  readonly keys: ReadonlyMap<string, TufKey>;
  readonly threshold: number;
}

const MAX_KEYS = 100;

/** Reads metadata of a role (TUF §4.3); throws a TufError where it is none. */
export function readMetadata(bytes: Uint8Array, role: Role): Metadata {
  const read = readJson(bytes, bytes.length);
  if (read.kind === "bad") throw fault("tuf-form", role, read.why);
  const signed = valueAt(read.value, "signed");
  const canonical = signed === undefined ? undefined : signedBytes(signed);
  const version = valueAt(signed, "version");
  if (signed === undefined || canonical === undefined || textAt(signed, "_type") !== role)
    throw fault("tuf-form", role, "it is not what its name says");
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    throw fault("tuf-form", role, "it has no version");
  const all = itemsOf(valueAt(read.value, "signatures")).slice(0, MAX_KEYS);
  const signatures = all.map(
    (each) => [textAt(each, "keyid") ?? "", textAt(each, "sig") ?? ""] as const,
  );
  return { role, version, signed, bytes: canonical, signatures: new Map(signatures) };
}

/** Whom a root lets sign a role; throws a TufError where it lets nobody. */
export function roleKeys(root: Metadata, role: Role): RoleKeys {
  const document = valueAt(valueAt(root.signed, "roles"), role);
  const threshold = valueAt(document, "threshold");
  const ids = itemsOf(valueAt(document, "keyids")).filter((id) => typeof id === "string");
  if (typeof threshold !== "number" || !Number.isSafeInteger(threshold) || threshold < 1)
    throw fault("tuf-form", "root", `it says no threshold for ${role}`);
  const all = valueAt(root.signed, "keys");
  const keys = ids.slice(0, MAX_KEYS).flatMap((id): readonly (readonly [string, TufKey])[] => {
    const key = tufKey(valueAt(all, id));
    return key === undefined ? [] : [[id, key]];
  });
  return { keys: new Map(keys), threshold };
}

/** Throws a TufError unless enough of those who may have signed (TUF §5.3.4, 5.4.2, 5.5.3, 5.6.3). */
export function checkSignatures(metadata: Metadata, { keys, threshold }: RoleKeys): void {
  const signers = [...metadata.signatures].flatMap(([id, signature]) => {
    const key = keys.get(id);
    return key !== undefined && isSignedBy(key, metadata.bytes, signature) ? [key.spki] : [];
  });
  const count = new Set(signers).size;
  if (count >= threshold) return;
  const why = `${count} of the keys that may sign it did, and ${threshold} must`;
  throw fault("tuf-signature", metadata.role, why);
}

/** Throws a TufError where the metadata's time is over: an attacker may repeat what was true once (TUF §5.3.10). */
export function checkTime({ role, signed }: Metadata, now: Date): void {
  const expires = parseTime(textAt(signed, "expires") ?? "");
  if (expires === undefined) throw fault("tuf-form", role, "it has no end");
  if (expires > now.getTime()) return;
  const until = new Date(expires).toISOString();
  throw fault("tuf-expired", role, `it was good until ${until}`);
}

/** What metadata says of another file: its version, and where it is said its length and hashes. */
export interface FileMeta {
  readonly version: number | undefined;
  readonly length: number | undefined;
  readonly sha256: string | undefined;
  readonly sha512: string | undefined;
}

/** The entry of a file; undefined where there is none. */
export function fileMeta({ signed, role }: Metadata, name: string): FileMeta | undefined {
  const entry = valueAt(valueAt(signed, role === "targets" ? "targets" : "meta"), name);
  if (entry === undefined) return undefined;
  const [version, length] = [valueAt(entry, "version"), valueAt(entry, "length")];
  const hashes = valueAt(entry, "hashes");
  return {
    version: typeof version === "number" ? version : undefined,
    length: typeof length === "number" ? length : undefined,
    sha256: textAt(hashes, "sha256"),
    sha512: textAt(hashes, "sha512"),
  };
}

/** Throws a TufError where a file is not the one that was meant. */
export function checkFile(bytes: Uint8Array, meta: FileMeta, what: string): void {
  const wrong =
    (meta.length !== undefined && bytes.length !== meta.length) ||
    (meta.sha256 !== undefined && hashOf("sha256", bytes) !== meta.sha256) ||
    (meta.sha512 !== undefined && hashOf("sha512", bytes) !== meta.sha512);
  if (wrong)
    throw new TufError({ code: "tuf-target", message: `${what} is not the file that is signed.` });
}

function hashOf(name: string, bytes: Uint8Array): string {
  return createHash(name).update(bytes).digest("hex");
}

function fault(code: TufErrorCode, role: string, why: string): TufError {
  return new TufError({ code, message: `The repository's ${role} must not be believed: ${why}.` });
}
