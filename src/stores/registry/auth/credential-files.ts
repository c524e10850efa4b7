import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { StoreError } from "../../store-error.ts";
import type { Credential } from "./credential.ts";

/** The environment, as an argument: nothing here reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What one docker or podman configuration says about logging in. */
export interface CredentialFile {
  /** For errors; no path of this machine. */
  readonly name: string;
  /** Keys without scheme and without `/v1/`: a host, or a host and a path. */
  readonly entries: ReadonlyMap<string, Credential>;
  /** Host → helper. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other host. */
  readonly store: string | undefined;
}

interface Place {
  readonly name: string;
  readonly path: string;
  /** Somebody named it, so it has to be there. */
  readonly required: boolean;
}

const MAX_FILE = 1024 * 1024;
const HELPER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HINT = "correct or remove it; `docker login` and `podman login` write it anew";

/** Reads every configuration there is, the one that counts first first (research copy-engines §3.7). */
export async function readCredentialFiles(env: Environment): Promise<readonly CredentialFile[]> {
  const { WAYBILL_REGISTRY_AUTH_FILE: own, DOCKER_AUTH_CONFIG: inline } = env;
  const files: (CredentialFile | undefined)[] = [];
  if (own)
    files.push(await readPlace({ name: "WAYBILL_REGISTRY_AUTH_FILE", path: own, required: true }));
  if (inline) files.push(parseCredentialFile("DOCKER_AUTH_CONFIG", inline));
  for (const place of places(env)) files.push(await readPlace(place));
  return files.filter((file) => file !== undefined);
}

function places(env: Environment): readonly Place[] {
  const home = env["HOME"] ?? homedir();
  const docker = env["DOCKER_CONFIG"];
  const named = env["REGISTRY_AUTH_FILE"];
  const runtime = env["XDG_RUNTIME_DIR"];
  const config = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  const podman: Place[] = [];
  if (runtime)
    podman.push(optional("podman's auth.json", join(runtime, "containers", "auth.json")));
  podman.push(optional("podman's auth.json", join(config, "containers", "auth.json")));
  return [
    ...(named ? [optional("REGISTRY_AUTH_FILE", named)] : []),
    optional("the docker config file", join(docker || join(home, ".docker"), "config.json")),
    ...(named ? [] : podman),
  ];
}

function optional(name: string, path: string): Place {
  return { name, path, required: false };
}

async function readPlace(place: Place): Promise<CredentialFile | undefined> {
  let text: string;
  try {
    text = await readFile(place.path, "utf8");
  } catch (cause) {
    if (!place.required && isMissing(cause)) return undefined;
    throw unusable(place.name, "cannot be read", cause);
  }
  if (text.length > MAX_FILE) throw unusable(place.name, "is larger than 1 MiB", undefined);
  return text.trim() === "" ? undefined : parseCredentialFile(place.name, text);
}

/** Reads one configuration's text; throws a StoreError (`credentials`) that never quotes it. */
function parseCredentialFile(name: string, text: string): CredentialFile {
  const document = parseJson(name, text);
  const entries = new Map<string, Credential>();
  for (const [key, value] of Object.entries(recordAt(document, "auths"))) {
    const credential = readEntry(value);
    if (credential !== undefined) entries.set(normalizeKey(key), credential);
  }
  const helpers = new Map<string, string>();
  for (const [host, value] of Object.entries(recordAt(document, "credHelpers")))
    helpers.set(normalizeKey(host), helperName(name, value));
  const store = document["credsStore"];
  return {
    name,
    entries,
    helpers,
    store: store === undefined || store === "" ? undefined : helperName(name, store),
  };
}

/** `https://index.docker.io/v1/` is `index.docker.io`; a host with a path stays as it is. */
function normalizeKey(key: string): string {
  return key
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/^([^/]+)\/v[12]$/, "$1");
}

function readEntry(value: unknown): Credential | undefined {
  if (!isRecord(value)) return undefined;
  const identity = textAt(value, "identitytoken");
  if (identity !== "") return { kind: "identity", token: identity };
  const ready = textAt(value, "registrytoken");
  if (ready !== "") return { kind: "bearer", token: ready };
  const packed = textAt(value, "auth");
  if (packed !== "") return unpack(Buffer.from(packed, "base64").toString("utf8"));
  const user = textAt(value, "username");
  return user === "" ? undefined : credentialOf(user, textAt(value, "password"));
}

function unpack(text: string): Credential | undefined {
  const colon = text.indexOf(":");
  if (colon <= 0) return undefined;
  return credentialOf(text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, ""));
}

/** A user called `<token>` is docker's way to say that the secret is an identity token. */
export function credentialOf(user: string, secret: string): Credential {
  return user === "<token>"
    ? { kind: "identity", token: secret }
    : { kind: "password", user, secret };
}

function helperName(file: string, value: unknown): string {
  if (typeof value === "string" && HELPER.test(value)) return value;
  throw unusable(file, "names a credential helper that is no program's name", undefined);
}

function parseJson(name: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The syntax error would quote the text, and the text holds secrets.
    throw unusable(name, "is not JSON", undefined);
  }
  if (!isRecord(value)) throw unusable(name, "is not a JSON object", undefined);
  return value;
}

function recordAt(
  document: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = document[key];
  return isRecord(value) ? value : {};
}

function textAt(record: Readonly<Record<string, unknown>>, key: string): string {
  const value = record[key];
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR")
  );
}

function unusable(name: string, what: string, cause: unknown): StoreError {
  return new StoreError({
    code: "credentials",
    message: `the registry credentials cannot be used: ${name} ${what}`,
    hint: HINT,
    cause,
  });
}
