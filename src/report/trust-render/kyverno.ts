import type { EvidenceDemand, Json, Requirement, TextDemand } from "#model";
import { commonLosses, namesIn, signerLosses, signersIn } from "./losses.ts";
import { imageExpression } from "./places.ts";
import {
  oneByOne,
  type OneSigner,
  type RenderedRule,
  type RuleKey,
  type RuleQuestion,
  type RuleSigner,
} from "./question.ts";
import { wantedStatement, type PredicateDemand, type WantedStatement } from "./wanted-statement.ts";
import { yamlComments, yamlText } from "./yaml-text.ts";

/** A rule as Kyverno's `ImageValidatingPolicy` (policies.kyverno.io/v1; judged with Kyverno 1.19.1), for pods and what makes them. */
export function renderKyverno(question: RuleQuestion): RenderedRule {
  const { rule, places } = question;
  const asked = rule.require.flatMap((requirement, index) => askOf(question, requirement, index));
  const names = new Set(asked.flatMap(({ signers }) => signers.map(({ id }) => id)));
  const attestors = oneByOne(question, [...new Set(rule.require.flatMap(namesIn))]).filter(
    ({ id }) => names.has(id),
  );
  const document = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name: `waybill-${rule.name}` },
    spec: {
      validationActions: [rule.mode === "enforce" ? "Deny" : "Warn"],
      failurePolicy: rule.mode === "enforce" ? "Fail" : "Ignore",
      matchConstraints: { resourceRules: PODS },
      matchImageReferences: places.map((place) => ({
        expression: `ref.matches(${JSON.stringify(imageExpression(place))})`,
      })),
      attestors: attestors.map(attestorOf),
      attestations: asked.flatMap(({ attestations }) => attestations),
      validations: asked.flatMap(({ validations }) => validations),
    },
  };
  const cannot = [
    ...asked.flatMap((each) => each.cannot),
    ...KYVERNO_LOSSES,
    ...signersIn(question).flatMap((signer) => signerLosses(signer, { signatureRepository: true })),
    ...commonLosses(question),
  ];
  const head = yamlComments([
    `Written by waybill trust policy --rule ${rule.name} --for kyverno. Not said here:`,
    ...cannot.map((each) => `- ${each}`),
  ]);
  return { text: head + yamlText(document), cannot };
}

const KYVERNO_LOSSES: readonly string[] = [
  "where an image has any bundle, Kyverno looks at bundles alone, and takes any statement by a signer for a signature",
  "dates of keys, and that a log entry or timestamp be there where the authority says required for a key",
];

const PODS: Json = [
  {
    apiGroups: [""],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["pods"],
  },
];

const IMAGES = "(images.containers + images.initContainers + images.ephemeralContainers)";

interface Ask {
  readonly signers: readonly OneSigner[];
  readonly attestations: readonly Json[];
  readonly validations: readonly Json[];
  readonly cannot: readonly string[];
}

function askOf(question: RuleQuestion, requirement: Requirement, index: number): readonly Ask[] {
  const signers = oneByOne(question, namesIn(requirement));
  const list = `[${signers.map(({ id }) => `attestors[${JSON.stringify(id)}]`).join(", ")}]`;
  if (requirement.type === "signature") {
    const { count, formats, after } = requirement;
    const expression = `${IMAGES}.all(image, verifyImageSignatures(image, ${list}) >= ${count})`;
    const cannot = [
      ...(formats.length > 1
        ? []
        : [`signature: formats ${formats.join(", ")}: every form counts`]),
      ...(after === undefined ? [] : ["signature: after vulnerabilities"]),
    ];
    const message = messageOf(question, requirement);
    return [{ signers, attestations: [], validations: [{ expression, message }], cannot }];
  }
  const wanted = wantedStatement(requirement);
  if (wanted === undefined)
    return [
      {
        signers: [],
        attestations: [],
        validations: [],
        cannot: [
          `${requirement.type}: Kyverno looks at signed statements alone: LOOSER than the rule`,
        ],
      },
    ];
  return [statementAsk(question, { requirement, wanted, signers, list, index })];
}

interface StatementAsk {
  readonly requirement: Requirement;
  readonly wanted: WantedStatement;
  readonly signers: readonly OneSigner[];
  readonly list: string;
  readonly index: number;
}

function statementAsk(
  question: RuleQuestion,
  { requirement, wanted, signers, list, index }: StatementAsk,
): Ask {
  const named = wanted.predicateTypes.map((type, at) => ({
    name: `${requirement.type}-${index + 1}-${at + 1}`,
    intoto: { type },
  }));
  const each = named.map(({ name }) => {
    const attestation = `attestations[${JSON.stringify(name)}]`;
    const signed = `verifyAttestationSignatures(image, ${attestation}, ${list}) >= ${wanted.count}`;
    const predicate = `extractPayload(image, ${attestation}).predicate`;
    return [signed, ...wanted.demands.map((demand) => celOf(predicate, demand))].join(" && ");
  });
  const any = each.length === 1 ? (each[0] ?? "") : each.map((one) => `(${one})`).join(" || ");
  return {
    signers,
    attestations: named,
    validations: [
      { expression: `${IMAGES}.all(image, ${any})`, message: messageOf(question, requirement) },
    ],
    cannot: wanted.cannot,
  };
}

function messageOf({ rule }: RuleQuestion, requirement: Requirement): string {
  return `${rule.name}: ${requirement.type} by ${namesIn(requirement).join(", ")}`;
}

/** A demand in CEL; a key that is absent is an error there, and an error refuses. */
function celOf(predicate: string, demand: PredicateDemand): string {
  const at = predicate + demand.keys.map((key) => `[${JSON.stringify(key)}]`).join("");
  switch (demand.op) {
    case "in":
      return `${at} in ${JSON.stringify(demand.values)}`;
    case "matches":
      return `${at}.matches(${JSON.stringify(demand.expression)})`;
    case "lte":
      return `${at} <= ${celNumber(demand.value)}`;
    case "gte":
      return `${at} >= ${celNumber(demand.value)}`;
    case "exists": {
      const parent =
        predicate +
        demand.keys
          .slice(0, -1)
          .map((key) => `[${JSON.stringify(key)}]`)
          .join("");
      return `${JSON.stringify(demand.keys.at(-1))} in ${parent}`;
    }
  }
}

/** JSON's numbers are CEL's doubles. */
function celNumber(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function attestorOf({ id, signer, key }: OneSigner): Json {
  const where = signer.signatureRepository;
  const source = where === undefined ? {} : { source: { repository: where } };
  const who = signer.kind === "keys" ? keyOf(signer.evidence, key) : identityOf(signer);
  return { name: id, cosign: { ...who, ...source } };
}

function keyOf({ tlog }: EvidenceDemand, key: RuleKey | undefined): JsonMap {
  const hash = key?.hash === undefined || key.hash === "sha256" ? {} : { hashAlgorithm: key.hash };
  const ctlog = { insecureIgnoreTlog: true, insecureIgnoreSCT: true };
  return {
    key: { data: key?.pem.trim() ?? "", ...hash },
    ...(tlog === "required" ? {} : { ctlog }),
  };
}

function identityOf({ issuer, subject, evidence, root }: KeylessSigner): JsonMap {
  const ignored = {
    ...(evidence.tlog === "none"
      ? { insecureIgnoreTlog: true }
      : { url: "https://rekor.sigstore.dev" }),
    ...(evidence.sct === "none" ? { insecureIgnoreSCT: true } : {}),
  };
  const isUsual = evidence.tlog !== "none" && evidence.sct !== "none";
  return {
    keyless: {
      identities: [{ ...textDemand("issuer", issuer), ...textDemand("subject", subject) }],
    },
    ...(isUsual ? {} : { ctlog: ignored }),
    ...(root === undefined ? {} : { trustedRoot: { value: root.text.trim() } }),
  };
}

interface JsonMap {
  readonly [key: string]: Json;
}

type KeylessSigner = Extract<RuleSigner, { readonly kind: "keyless" }>;

/** Patterns are anchored by us: there they need not match the whole. */
export function textDemand(
  key: "issuer" | "subject",
  demand: TextDemand,
): { readonly [key: string]: string } {
  return demand.kind === "exactly"
    ? { [key]: demand.text }
    : { [`${key}RegExp`]: `^(?:${demand.pattern.source})$` };
}
