import type { Glob, Json, Requirement, SignatureFormat } from "#model";
import { textDemand } from "./kyverno.ts";
import { commonLosses, namesIn, signerLosses, signersIn } from "./losses.ts";
import { oneByOne, type OneSigner, type RenderedRule, type RuleQuestion } from "./question.ts";
import { wantedStatement, type PredicateDemand } from "./wanted-statement.ts";
import { yamlComments, yamlText } from "./yaml-text.ts";

/**
 * A rule as `ClusterImagePolicy` documents of Sigstore's policy-controller (judged with 0.13.1), one for each requirement: an image must satisfy
 * every one that matches it, and any authority of one.
 */
export function renderPolicyController(question: RuleQuestion): RenderedRule {
  const { rule } = question;
  const asked = rule.require.map((requirement, index) => askOf(question, requirement, index));
  const cannot = [
    ...asked.flatMap((each) => each.cannot),
    "dates of keys; a timestamp that the authority requires",
    ...rootLosses(question),
    ...signersIn(question).flatMap((signer) => signerLosses(signer, { signatureRepository: true })),
    ...commonLosses(question),
    "only namespaces with the label policy.sigstore.dev/include=true are checked",
  ];
  const head = yamlComments([
    `Written by waybill trust policy --rule ${rule.name} --for policy-controller. Not said here:`,
    ...cannot.map((each) => `- ${each}`),
  ]);
  const documents = asked.flatMap(({ policies }) => policies).map(yamlText);
  return { text: head + documents.join("---\n"), cannot };
}

interface Ask {
  readonly policies: readonly Json[];
  readonly cannot: readonly string[];
}

function askOf(question: RuleQuestion, requirement: Requirement, index: number): Ask {
  const demanded = demandedBy(requirement);
  if (demanded === undefined)
    return {
      policies: [],
      cannot: [`${requirement.type}: only signed statements are looked at: LOOSER than the rule`],
    };
  const { count, formats, attestations } = demanded;
  const signers = oneByOne(question, namesIn(requirement));
  const authorities = signers.flatMap((signer) =>
    formats
      .filter((format) => format === "legacy" || (format === "bundle" && signer.key === undefined))
      .flatMap((format) => authoritiesOf(signer, format, attestations)),
  );
  // A count of all is one policy for each; a count of some has no words there.
  const groups =
    count > 1 && count === signers.length
      ? signers.map(({ id }) => authorities.filter(({ owner }) => owner === id))
      : [authorities];
  const name = `waybill-${question.rule.name}-${index + 1}-${requirement.type}`;
  return {
    policies: groups.map((group, at) =>
      policyOf(question, groups.length === 1 ? name : `${name}-${at + 1}`, group),
    ),
    cannot: [
      ...(authorities.length === 0
        ? [`${requirement.type}: no signer can be said: everything at these places is refused`]
        : []),
      ...(count > 1 && groups.length === 1
        ? [`${requirement.type}: count ${count}: LOOSER than the rule, one is enough`]
        : []),
      ...(formats.includes("bundle") && signers.some(({ key }) => key !== undefined)
        ? [
            `${requirement.type}: of a key only what lies under .sig and .att tags counts there: its bundles are not looked at`,
          ]
        : []),
      ...demanded.cannot,
    ],
  };
}

interface Demanded {
  readonly count: number;
  readonly formats: readonly SignatureFormat[];
  readonly attestations: readonly Json[];
  readonly cannot: readonly string[];
}

/** What a requirement asks in these words; undefined where it asks for what nobody need have signed. */
function demandedBy(requirement: Requirement): Demanded | undefined {
  if (requirement.type === "signature") {
    const { count, formats, after } = requirement;
    const cannot = after === undefined ? [] : ["signature: after vulnerabilities"];
    return { count, formats, attestations: [], cannot };
  }
  const wanted = wantedStatement(requirement);
  if (wanted === undefined) return undefined;
  const { count, demands, predicateTypes, cannot } = wanted;
  const policy = demands.length === 0 ? {} : { policy: { type: "rego", data: regoOf(demands) } };
  const attestations = predicateTypes.map((predicateType, at) => ({
    name: `${requirement.type}-${at + 1}`,
    predicateType,
    ...policy,
  }));
  return { count, formats: ["bundle", "legacy"], attestations, cannot };
}

interface Authority {
  readonly owner: string;
  readonly document: Json;
}

function policyOf(
  { rule, places }: RuleQuestion,
  name: string,
  authorities: readonly Authority[],
): Json {
  const refused: Json = [
    {
      name: "nobody",
      static: { action: "fail", message: `${rule.name} names nobody who can be asked` },
    },
  ];
  return {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: {
      images: places.flatMap(imageGlobs).map((glob) => ({ glob })),
      mode: rule.mode,
      authorities: authorities.length === 0 ? refused : authorities.map(({ document }) => document),
    },
  };
}

/** There a glob is matched against the whole name, its tag or digest included. */
function imageGlobs(place: Glob): readonly string[] {
  return place.endsWith("**") ? [place] : [`${place}:**`, `${place}@**`];
}

function authoritiesOf(
  one: OneSigner,
  format: SignatureFormat,
  attestations: readonly Json[],
): readonly Authority[] {
  const { id, signer, key } = one;
  const base = {
    ...whoOf(one),
    ...(signer.signatureRepository === undefined
      ? {}
      : { source: [{ oci: signer.signatureRepository }] }),
    signatureFormat: format,
  };
  const hasLog =
    signer.evidence.tlog === "required" ||
    (signer.kind === "keyless" && signer.evidence.tlog !== "none");
  const root = signer.kind === "keyless" ? signer.root?.name : undefined;
  const where: Json =
    root === undefined ? { url: "https://rekor.sigstore.dev" } : { trustRootRef: root };
  const ctlog =
    hasLog && key?.hash !== "sha512" ? { ctlog: where } : hasLog ? { ctlog: where } : {};
  const name = `${id}-${format}`;
  if (attestations.length === 0) return [{ owner: id, document: { name, ...base, ...ctlog } }];
  // All attestations of one authority are asked of it, so any of several types is an authority each.
  return attestations.map((attestation, at) => ({
    owner: id,
    document: {
      name: attestations.length === 1 ? name : `${name}-${at + 1}`,
      ...base,
      ...ctlog,
      attestations: [attestation],
    },
  }));
}

function whoOf({ signer, key }: OneSigner): { readonly [key: string]: Json } {
  if (signer.kind === "keys") {
    const hash =
      key?.hash === undefined || key.hash === "sha256" ? {} : { hashAlgorithm: key.hash };
    return { key: { data: key?.pem ?? "", ...hash } };
  }
  const { issuer, subject, root, evidence } = signer;
  return {
    keyless: {
      ...(root === undefined
        ? { url: "https://fulcio.sigstore.dev" }
        : { trustRootRef: root.name }),
      identities: [{ ...textDemand("issuer", issuer), ...textDemand("subject", subject) }],
      ...(evidence.sct === "none" ? { insecureIgnoreSCT: true } : {}),
    },
  };
}

function rootLosses(question: RuleQuestion): readonly string[] {
  const roots = signersIn(question).flatMap((signer) =>
    signer.kind === "keyless" && signer.root !== undefined ? [signer.root.name] : [],
  );
  return [...new Set(roots)].map(
    (name) =>
      `the root ${name} itself: a TrustRoot of that name has to hold what the file of git holds`,
  );
}

/** What the predicate must hold, in Rego: there absent data makes a rule undefined, and so refuses; CUE would let it pass. */
function regoOf(demands: readonly PredicateDemand[]): string {
  const lines = demands.flatMap((demand) => linesOf(demand)).map((line) => `  ${line}\n`);
  return `package sigstore\n\ndefault isCompliant = false\n\nisCompliant {\n${lines.join("")}}\n`;
}

function linesOf(demand: PredicateDemand): readonly string[] {
  const at = `input.predicate${demand.keys.map((key) => `[${JSON.stringify(key)}]`).join("")}`;
  switch (demand.op) {
    case "in":
      return [`${JSON.stringify(demand.values)}[_] == ${at}`];
    case "matches":
      return [`regex.match(${JSON.stringify(demand.expression)}, ${at})`];
    case "lte":
      return [`is_number(${at})`, `${at} <= ${demand.value}`];
    case "gte":
      return [`is_number(${at})`, `${at} >= ${demand.value}`];
    case "exists":
      return [`_ = ${at}`];
  }
}
