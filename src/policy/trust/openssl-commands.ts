import { addressOf, type Digest, type EvidenceFact, type Repository } from "#model";
import { quoted } from "./shell-word.ts";
import type { TrustQuestion } from "./question.ts";

/** A public key of the policy, as `openssl` needs to be told of it. */
export interface KeyFile {
  /** Its path in the promotions repository. */
  readonly file: string;
  readonly type: "P-256" | "P-384" | "P-521" | "rsa" | "ed25519";
}

/** More would be a page of their own; the rest are of the same form. */
const MAX_COMMANDS = 8;

/**
 * Commands that check with `oras`, `jq` and `openssl` alone what a key of the policy signed in a bundle (002-45). They
 * leave three files where they run. Bundles of an identity need a log and a root, and other tools for those.
 */
export function opensslCommands(question: TrustQuestion): readonly string[] {
  const { reference, facts, keyFiles } = question;
  if (reference === undefined || keyFiles === undefined) return [];
  const all = [...facts.evidence.values()].flatMap((evidence) => evidence.facts);
  return all
    .flatMap((fact) => {
      const key = keyOf(fact, keyFiles);
      return key === undefined ? [] : [commandFor(reference, fact.digest, key)];
    })
    .slice(0, MAX_COMMANDS);
}

function keyOf(
  { form, checks }: EvidenceFact,
  keyFiles: ReadonlyMap<Digest, KeyFile>,
): KeyFile | undefined {
  if (form !== "bundle") return undefined;
  const signers = checks.flatMap(({ outcome, signer }) =>
    outcome === "pass" && signer?.kind === "key" ? [signer.key] : [],
  );
  return signers.flatMap((signer) => keyFiles.get(signer) ?? [])[0];
}

function commandFor(repository: Repository, digest: Digest, { file, type }: KeyFile): string {
  const layer = `"$(oras manifest fetch ${orasPlace(repository, digest)} | jq -r '.layers[0].digest')"`;
  const signed = `"DSSEv1 \\(.payloadType|utf8bytelength) \\(.payloadType) \\($p|utf8bytelength) \\($p)"`;
  return [
    `oras blob fetch --output bundle.json ${orasPlace(repository, "")}${layer}`,
    `jq -j '.dsseEnvelope | (.payload|@base64d) as $p | ${signed}' bundle.json > signed`,
    "jq -r '.dsseEnvelope.signatures[0].sig' bundle.json | openssl base64 -d -A -out signature",
    type === "ed25519"
      ? `openssl pkeyutl -verify -pubin -inkey ${quoted(file)} -rawin -in signed -sigfile signature`
      : `openssl dgst -${HASHES[type]} -verify ${quoted(file)} -signature signature signed`,
  ].join(" && ");
}

/** What `oras` is told of a digest in a repository, which may be a layout on disk. */
export function orasPlace(repository: Repository, digest: string): string {
  const address = addressOf(repository);
  return address.kind === "layout"
    ? `--oci-layout ${quoted(`${address.path}@${digest}`)}`
    : quoted(`${repository}@${digest}`);
}

/** The hash that signers take for a key of its type. */
const HASHES: Readonly<Record<Exclude<KeyFile["type"], "ed25519">, string>> = {
  "P-256": "sha256",
  "P-384": "sha384",
  "P-521": "sha512",
  rsa: "sha256",
};
