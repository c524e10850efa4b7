import { globsMeet, type Json, type SignatureRequirement } from "#model";
import { commonLosses, signerLosses, signersIn } from "./losses.ts";
import { oneByOne, type OneSigner, type RenderedRule, type RuleQuestion } from "./question.ts";
import { yamlComments, yamlText } from "./yaml-text.ts";

/**
 * A rule as Talos's `ImageVerificationConfig` (Talos 1.13): one signature by one signer for each place, checked before a
 * pull; the first entry that matches decides.
 */
export function renderTalos(question: RuleQuestion): RenderedRule {
  const { rule, places } = question;
  const signatures = rule.require.filter((each) => each.type === "signature");
  const [first] = signatures;
  const chosen = first && signerFor(question, first);
  const entry: Json = chosen === undefined ? { deny: true } : verifierOf(chosen);
  const named = first === undefined ? [] : [...places];
  const rules = named.toSorted(bySpecific).map((place) => ({
    image: place.replaceAll("**", "*"),
    ...entry,
  }));
  const document = { apiVersion: "v1alpha1", kind: "ImageVerificationConfig", rules };
  const cannot = lossesOf(question, signatures, chosen);
  const head = yamlComments([
    `Written by waybill trust talos --rule ${rule.name}. Not said here:`,
    ...cannot.map((each) => `- ${each}`),
  ]);
  return { text: head + yamlText(document), cannot };
}

/** The first that matches decides, so what another one holds goes before it. */
function bySpecific(a: string, b: string): number {
  if (globsMeet(a, b)) return a.replaceAll("*", "").length > b.replaceAll("*", "").length ? -1 : 1;
  return a < b ? -1 : 1;
}

function signerFor(question: RuleQuestion, first: SignatureRequirement): OneSigner | undefined {
  return oneByOne(question, first.signedBy).find(isExpressible);
}

/** Talos compares an issuer exactly, and hashes by SHA-256 whatever the key. */
function isExpressible({ signer, key }: OneSigner): boolean {
  if (signer.kind === "keyless") return signer.issuer.kind === "exactly";
  return key !== undefined && key.hash === "sha256";
}

function verifierOf({ signer, key }: OneSigner): { readonly [key: string]: Json } {
  if (signer.kind === "keys") return { publicKey: { certificate: key?.pem.trim() ?? "" } };
  const { issuer, subject } = signer;
  const whose: Json =
    subject.kind === "exactly"
      ? { subject: subject.text }
      : { subjectRegex: `^(?:${subject.pattern.source})$` };
  return { keyless: { issuer: issuer.kind === "exactly" ? issuer.text : "", ...whose } };
}

function lossesOf(
  question: RuleQuestion,
  signatures: readonly SignatureRequirement[],
  chosen: OneSigner | undefined,
): readonly string[] {
  const { rule } = question;
  const [first] = signatures;
  const beside = rule.require.filter((each) => each !== first);
  return [
    ...(rule.mode === "warn" ? ["mode warn: Talos refuses where this rule only reports"] : []),
    ...(first === undefined
      ? ["this rule asks for no signature, and Talos can ask nothing else: nothing is checked"]
      : signatureLosses(question, first, chosen)),
    ...beside.map(({ type }) => `${type}: LOOSER than the rule, Talos asks for a signature alone`),
    "any statement by that signer about the digest is a signature to Talos: use a key that signs nothing else",
    ...(chosen?.signer.kind === "keyless"
      ? ["the trusted root: Talos fetches Sigstore's own, so that this needs the internet"]
      : []),
    ...signersIn(question).flatMap((signer) => signerLosses(signer, {})),
    ...commonLosses(question),
    'images of every other place are pulled unchecked, unless an entry { image: "*", deny: true } comes last',
  ];
}

function signatureLosses(
  question: RuleQuestion,
  { signedBy, count, formats, after }: SignatureRequirement,
  chosen: OneSigner | undefined,
): readonly string[] {
  const others = oneByOne(question, signedBy).filter(({ id }) => id !== chosen?.id);
  return [
    ...(chosen === undefined
      ? ["no signer of this rule can be said: every pull from these places is denied"]
      : []),
    ...others.map(({ id }) => `${id}: Talos asks one signer, so what only ${id} signed is refused`),
    ...(count > 1 ? [`signature: count ${count}: LOOSER than the rule, one is enough`] : []),
    ...(formats.length > 1
      ? []
      : [
          `signature: formats ${formats.join(", ")}: Talos takes bundles, and the older form where there is no bundle`,
        ]),
    ...(after === undefined ? [] : ["signature: after vulnerabilities"]),
  ];
}
