import { resolve } from "node:path";
import type { VerifyingAuthority } from "../authority.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { certificateSigner } from "./certificate-signer.ts";
import { commandSigner, splitCommand } from "./command-signer.ts";
import { parsePrivateKey } from "./private-key.ts";
import type { Witnesses } from "./seal.ts";
import { readSecretFile } from "./secret-file.ts";
import { parseServiceUrl } from "./service-call.ts";
import { SignError } from "./sign-error.ts";
import { keySigner, type Signer } from "./signer.ts";

/** How a person says what signs: the options of `apply`, and the environment (issue 5 §5). */
export interface SigningOptions {
  /** `env:NAME`, `file:PATH` or `exec:COMMAND`. */
  readonly signKey?: string | undefined;
  readonly identityTokenFile?: string | undefined;
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
  readonly tsaUrl?: string | undefined;
}

/** Where options are read. */
export interface SigningSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are under it, and commands run in it. */
  readonly folder: string;
  readonly now: () => Date;
}

/** What signs a run's evidence, and who vouches for it. */
export interface EvidenceSigner {
  readonly signer: Signer;
  readonly witnesses: Witnesses;
}

const FROM_ENVIRONMENT = "WAYBILL_SIGN_KEY";
const MAX_KEY = 64 * 1024;

/**
 * Opens what signs, as the person said, for the authority that signs by policy; undefined: nothing was said. Nothing is
 * signed and no service is called yet. Throws a SignError (`sign-key`, exit 2) for all that cannot be used.
 */
export async function openSigner(
  options: SigningOptions,
  surroundings: SigningSurroundings,
  authority: VerifyingAuthority,
): Promise<EvidenceSigner | undefined> {
  const witnesses = {
    rekor: urlOf("--rekor-url", options.rekorUrl),
    tsa: urlOf("--tsa-url", options.tsaUrl),
  };
  const fulcio = urlOf("--fulcio-url", options.fulcioUrl);
  if (options.identityTokenFile !== undefined || fulcio !== undefined)
    return {
      signer: keyless({ ...options, fulcio, witnesses }, surroundings, authority),
      witnesses,
    };
  const signKey = options.signKey ?? surroundings.env[FROM_ENVIRONMENT];
  if (!signKey) return undefined;
  const named = options.signKey === undefined ? FROM_ENVIRONMENT : "--sign-key";
  return { signer: await keyed(named, signKey, surroundings, authority), witnesses };
}

interface KeylessOptions extends SigningOptions {
  readonly fulcio: URL | undefined;
  readonly witnesses: Witnesses;
}

function keyless(
  { signKey, identityTokenFile, fulcio, witnesses }: KeylessOptions,
  { folder, now }: SigningSurroundings,
  authority: VerifyingAuthority,
): Signer {
  if (signKey !== undefined)
    throw unusable("--sign-key and --identity-token-file exclude each other: one of them signs");
  if (identityTokenFile === undefined || fulcio === undefined)
    throw unusable("Keyless signing needs both --identity-token-file and --fulcio-url");
  if (witnesses.rekor === undefined && witnesses.tsa === undefined)
    throw unusable(
      "Keyless signing needs --rekor-url or --tsa-url: a certificate lives for minutes, and somebody must say when it signed",
    );
  if (authority.kind !== "keyless")
    throw unusable(
      "The signing authority of policies/trust.yaml has keys, and a keyless identity is to sign",
    );
  return certificateSigner({ tokenFile: resolve(folder, identityTokenFile), fulcio, now });
}

function urlOf(option: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = parseServiceUrl(text);
  if (typeof url === "string") throw unusable(`${option} cannot be used: ${url}`);
  return url;
}

async function keyed(
  named: string,
  text: string,
  surroundings: SigningSurroundings,
  authority: VerifyingAuthority,
): Promise<Signer> {
  if (authority.kind !== "keys")
    throw unusable(
      `The signing authority of policies/trust.yaml is keyless, and ${named} gives a key`,
    );
  const keys = authority.keys.map(({ key }) => key);
  if (text.startsWith("exec:"))
    return byCommand(named, text.slice("exec:".length), surroundings, keys);
  const pair = parsePrivateKey(await pemOf(named, text, surroundings));
  if (typeof pair === "string") throw unusable(`The key of ${named} cannot be used: ${pair}`);
  if (!keys.some(({ id }) => id === pair.publicKey.id))
    throw unusable(
      `The key of ${named} is ${pair.publicKey.id}, which is none of the signing authority's: ${keys.map(({ id }) => id).join(", ")}`,
    );
  return keySigner(pair);
}

function byCommand(
  named: string,
  line: string,
  { env, folder }: SigningSurroundings,
  keys: readonly PublicKey[],
): Signer {
  const words = splitCommand(line);
  if (typeof words === "string") throw unusable(`The command of ${named} cannot be used: ${words}`);
  return commandSigner({ words, env, folder, keys });
}

/** The environment's own variable may hold the PEM itself; an option, which others can see in a list of processes, may not. */
async function pemOf(
  named: string,
  text: string,
  { env, folder }: SigningSurroundings,
): Promise<string> {
  if (text.startsWith("env:")) {
    const name = text.slice("env:".length);
    const value = env[name];
    if (!value)
      throw unusable(`${named} names the variable ${name.slice(0, 100)}, which is not set`);
    return unfolded(value);
  }
  if (text.startsWith("file:")) return readKey(named, resolve(folder, text.slice("file:".length)));
  if (named === FROM_ENVIRONMENT) return unfolded(text);
  throw unusable(`${named} must be env:NAME, file:PATH or exec:COMMAND`);
}

/** Some places that keep secrets keep one line, with `\n` for its ends. */
function unfolded(text: string): string {
  return text.includes("\n") ? text : text.replaceAll("\\n", "\n");
}

async function readKey(named: string, path: string): Promise<string> {
  const read = await readSecretFile(path, MAX_KEY);
  if ("text" in read) return read.text;
  throw unusable(`The file of ${named} is no key: ${read.why}`);
}

function unusable(what: string): SignError {
  return new SignError({
    code: "sign-key",
    message: `${what}.`,
    hint: "docs/attesting.md says how a key or an identity is given to apply",
  });
}
