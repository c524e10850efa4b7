import type { Json, SignatureRequirement } from "#model";
import { commonLosses, signerLosses, signersIn } from "./losses.ts";
import {
  oneByOne,
  type PlacedArtifact,
  type RenderedRule,
  type RuleKey,
  type RuleQuestion,
} from "./question.ts";

/**
 * A rule as `policy.json` of podman, skopeo, CRI-O and buildah: the artifacts that git lists now, each at its places,
 * everything else refused. It is JSON, which has no comments: what it cannot say is said beside it.
 */
export function renderContainersPolicy(question: RuleQuestion): RenderedRule {
  const { rule, artifacts } = question;
  const signatures = rule.require.filter((each) => each.type === "signature");
  const told = signatures.map((requirement) => ({
    requirement,
    keys: keysOf(question, requirement),
  }));
  const scopes = artifacts.flatMap((artifact) =>
    artifact.places.map((place) => [place, requirementsOf(artifact, told)] as const),
  );
  const docker = Object.fromEntries(scopes.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const document = { default: [{ type: "reject" }], transports: { docker } };
  return { text: `${JSON.stringify(document, undefined, 2)}\n`, cannot: lossesOf(question, told) };
}

interface Told {
  readonly requirement: SignatureRequirement;
  readonly keys: readonly RuleKey[];
}

/** The keys that may sign; none where these tools do not read the form at all. */
function keysOf(question: RuleQuestion, requirement: SignatureRequirement): readonly RuleKey[] {
  if (!requirement.formats.includes("legacy")) return [];
  return oneByOne(question, requirement.signedBy).flatMap(({ key }) =>
    key?.hash === "sha256" ? [key] : [],
  );
}

function requirementsOf({ source }: PlacedArtifact, told: readonly Told[]): readonly Json[] {
  // A signature says where the image lay when it was signed, and copying does not change what it says.
  const signedIdentity = { type: "exactRepository", dockerRepository: source };
  const asked = told.flatMap(({ requirement: { count }, keys }): readonly Json[] => {
    const data = keys.map(({ pem }) => base64(pem));
    if (data.length === 0) return [{ type: "reject" }];
    if (count === data.length)
      return data.map((keyData) => ({ type: "sigstoreSigned", keyData, signedIdentity }));
    return [{ type: "sigstoreSigned", keyDatas: data, signedIdentity }];
  });
  return asked.length === 0 ? [{ type: "insecureAcceptAnything" }] : asked;
}

function lossesOf(question: RuleQuestion, told: readonly Told[]): readonly string[] {
  const { rule } = question;
  const identities = signersIn(question).filter(({ kind }) => kind === "keyless");
  return [
    ...(rule.mode === "warn" ? ["mode warn: these tools refuse where this rule only reports"] : []),
    ...(told.length === 0 ? ["this rule asks for no signature: nothing is checked"] : []),
    ...told.flatMap(({ requirement: { count }, keys }) => [
      ...(keys.length === 0
        ? ["signature: no key of it signs in the form of cosign's .sig tags: everything is refused"]
        : []),
      ...(keys.length > 1 && count < keys.length
        ? ["signature: any of several keys is keyDatas, which skopeo and podman know since 2024"]
        : []),
      ...(count > 1 && count < keys.length
        ? [`signature: count ${count}: LOOSER than the rule, one is enough`]
        : []),
    ]),
    "signature: bundles are not looked at, only cosign's .sig tags, and only where registries.d says use-sigstore-attachments: true",
    "signature: the repository that it must name is the artifact's source in git now",
    ...identities.map(
      ({ name }) => `${name}: identities are not said here: what only they signed is refused`,
    ),
    ...rule.require
      .filter(({ type }) => type !== "signature")
      .map(({ type }) => `${type}: LOOSER than the rule, these tools ask for signatures alone`),
    ...signersIn(question).flatMap((signer) => signerLosses(signer, {})),
    "artifacts that git does not list yet: they are refused until this is written again",
    ...commonLosses(question),
  ];
}

function base64(text: string): string {
  return btoa(text);
}
