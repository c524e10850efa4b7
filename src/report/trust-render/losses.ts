import { formatDuration, type Requirement } from "#model";
import type { RuleQuestion, RuleSigner } from "./question.ts";

/** What no other tool says of any rule, whatever it is, and what this one's `match` leaves out. */
export function commonLosses({ rule, exceptions }: RuleQuestion): readonly string[] {
  const { kinds, sources, runtimeClasses } = rule.match;
  const narrow = [
    ...narrowing("kinds", kinds),
    ...narrowing("sources", sources),
    ...narrowing("runtimeClasses", runtimeClasses),
  ];
  return [
    "what is no part of this rule: other rules, sources.allow, neverPromote, requires of channels, lifecycle, soak",
    "revocations of digests, versions, evidence and certificates' identities; revoked keys and authorities are left out below",
    ...narrow.map((each) => `match ${each}: everything at these places is meant`),
    ...(rule.coverage === "index"
      ? []
      : [`coverage ${rule.coverage}: which manifests are looked at is the tool's own choice`]),
    ...exceptions.map(
      ({ vulnerability, artifact }) => `the exception for ${vulnerability} of ${artifact}`,
    ),
    ...rule.require.flatMap(({ type, ...requirement }) =>
      "maxAge" in requirement && requirement.maxAge !== undefined
        ? [`${type}: maxAge ${formatDuration(requirement.maxAge)}: LOOSER than the rule`]
        : [],
    ),
  ];
}

/** A list that leaves something out. */
function narrowing(key: string, globs: readonly string[] | undefined): readonly string[] {
  if (globs === undefined || globs.includes("**")) return [];
  return key !== "sources" && globs.includes("*") ? [] : [`${key} ${globs.join(", ")}`];
}

/** What a signer asks that these words cannot. */
export function signerLosses(
  signer: RuleSigner,
  can: { readonly extensions?: boolean; readonly signatureRepository?: boolean },
): readonly string[] {
  const { name } = signer;
  if (signer.kind === "none") return [`${name}: ${signer.why}`];
  const where = signer.signatureRepository;
  const shared =
    where === undefined
      ? []
      : [
          can.signatureRepository === true
            ? `${name}: signatures are looked for in ${where} alone, and not beside the image`
            : `${name}: signatures that lie in ${where} are not looked for`,
        ];
  if (signer.kind === "keys") return [...shared, ...signer.left.map((each) => `${name}: ${each}`)];
  if (signer.extensions.size === 0 || can.extensions === true) return shared;
  const names = [...signer.extensions.keys()].join(", ");
  return [
    ...shared,
    `${name}: the certificate's extensions ${names} are not compared: LOOSER than the rule`,
  ];
}

/** The authorities that a requirement names. */
export function namesIn(requirement: Requirement): readonly string[] {
  return requirement.signedBy ?? [];
}

/** Every authority that the rule names, once. */
export function signersIn(question: RuleQuestion): readonly RuleSigner[] {
  const names = new Set(question.rule.require.flatMap(namesIn));
  return [...names].flatMap((name) => question.signers.get(name) ?? []);
}
