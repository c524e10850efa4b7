import type {
  EvidenceResult,
  Json,
  RequirementResult,
  RuleResult,
  VerifyDocument,
  VerifyResult,
} from "#model";
import { turnedDocument, type Turned } from "./turned.ts";

interface JsonObject {
  readonly [key: string]: Json;
}

/** `waybill.dev/verify/v1` as JSON; with `--policy-from` also `policyFrom`, what would turn. */
export function verifyJson(document: VerifyDocument, turned: Turned | undefined): Json {
  const { schema, policyDigest, now, results } = document;
  return {
    schema,
    policyDigest,
    now,
    results: results.map(resultJson),
    ...(turned === undefined ? {} : { policyFrom: turnedDocument(turned) }),
  };
}

/** One result, keys in the order of the document. */
export function resultJson(result: VerifyResult): JsonObject {
  const { artifact, version, digest, channel, environment, lifecycle, trust, decision } = result;
  return {
    artifact,
    version,
    digest,
    channel,
    ...(environment === undefined ? {} : { environment }),
    lifecycle,
    trust,
    decision,
    rules: result.rules.map(ruleJson),
    requires: result.requires.map(({ name, outcome, expected, found }) => ({
      name,
      outcome,
      expected,
      found,
    })),
    commands: [...result.commands],
  };
}

function ruleJson({ rule, mode, outcome, requirements }: RuleResult): Json {
  return { rule, mode, outcome, requirements: requirements.map(requirementJson) };
}

function requirementJson({ type, outcome, evidence, fix }: RequirementResult): Json {
  return {
    type,
    outcome,
    evidence: evidence.map(evidenceJson),
    ...(fix === undefined ? {} : { fix }),
  };
}

function evidenceJson(item: EvidenceResult): Json {
  const { digest, form, authority, check, expected, found, outcome } = item;
  return {
    digest,
    form,
    ...(authority === undefined ? {} : { authority }),
    check,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    outcome,
  };
}
