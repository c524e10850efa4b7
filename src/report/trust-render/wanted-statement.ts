import type {
  AttestationRequirement,
  Condition,
  Json,
  ProvenanceRequirement,
  Requirement,
} from "#model";
import { keysOf } from "./pointer.ts";

/** A statement that a requirement asks for, as far as tools that look at predicates can say it. */
export interface WantedStatement {
  /** Any of them does. */
  readonly predicateTypes: readonly string[];
  /** What the predicate must hold, all of it. */
  readonly demands: readonly PredicateDemand[];
  /** Distinct signers. */
  readonly count: number;
  /** What the rule asks beyond that. */
  readonly cannot: readonly string[];
}

/** What a value below `predicate` must be; absent data never satisfies it. */
export type PredicateDemand =
  | { readonly op: "in"; readonly keys: readonly string[]; readonly values: readonly Json[] }
  | { readonly op: "matches"; readonly keys: readonly string[]; readonly expression: string }
  | { readonly op: "lte" | "gte"; readonly keys: readonly string[]; readonly value: number }
  | { readonly op: "exists"; readonly keys: readonly string[] };

const PROVENANCE = "https://slsa.dev/provenance/v1";
const VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SBOM_TYPES = {
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
} as const;

/** What a requirement asks of statements; undefined for a signature, and for what nobody need have signed. */
export function wantedStatement(requirement: Requirement): WantedStatement | undefined {
  switch (requirement.type) {
    case "signature":
      return undefined;
    case "sbom": {
      if (requirement.signedBy === undefined) return undefined;
      const predicateTypes = requirement.formats.map((format) => SBOM_TYPES[format]);
      const cannot = [
        "sbom: one in a referrer or .sbom tag is not looked for, and none is opened",
        ...(requirement.unsigned ? ["sbom: an unsigned one is refused here"] : []),
      ];
      return { predicateTypes, demands: [], count: 1, cannot };
    }
    case "provenance":
      return provenanceWanted(requirement);
    case "vulnerabilities":
      return {
        predicateTypes: [VULNERABILITIES],
        demands: [],
        count: 1,
        cannot: [
          "vulnerabilities: that a scan was made is asked, what it found is not: LOOSER than the rule",
        ],
      };
    case "attestation":
      return attestationWanted(requirement);
  }
}

function provenanceWanted({
  builders,
  sourceRepository,
  reproducibility,
}: ProvenanceRequirement): WantedStatement {
  const ids = builders?.map(({ id }) => id);
  const workflow = ["buildDefinition", "externalParameters", "workflow", "repository"];
  return {
    predicateTypes: [PROVENANCE],
    demands: [
      ...(ids === undefined
        ? []
        : [{ op: "in", keys: ["runDetails", "builder", "id"], values: ids } as const]),
      ...(sourceRepository === undefined
        ? []
        : [{ op: "in", keys: workflow, values: [sourceRepository] } as const]),
    ],
    count: 1,
    cannot: [
      "provenance: SLSA v0.2 is refused here; that source and commit equal the certificate's is not compared",
      ...(sourceRepository === undefined
        ? []
        : ["provenance: the source is looked for in externalParameters.workflow.repository alone"]),
      ...(reproducibility === "none" ? [] : [`provenance: reproducibility ${reproducibility}`]),
    ],
  };
}

function attestationWanted(requirement: AttestationRequirement): WantedStatement {
  const { predicateType, where, count, unsigned } = requirement;
  const told = where.map((condition) => ({ condition, demand: demandOf(condition) }));
  return {
    predicateTypes: [predicateType],
    demands: told.flatMap(({ demand }) => demand ?? []),
    count,
    cannot: [
      ...(unsigned ? [`attestation ${predicateType}: an unsigned one is refused here`] : []),
      ...told.flatMap(({ condition, demand }) =>
        demand === undefined
          ? [
              `attestation ${predicateType}: ${condition.path} ${condition.op}: LOOSER than the rule`,
            ]
          : [],
      ),
    ],
  };
}

function demandOf(condition: Condition): PredicateDemand | undefined {
  const keys = keysOf(condition.path);
  if (keys === undefined || keys.length === 0) return undefined;
  switch (condition.op) {
    case "eq":
      return { op: "in", keys, values: [condition.value] };
    case "in":
      return { op: "in", keys, values: condition.values };
    case "matches":
      return { op: "matches", keys, expression: `^(?:${condition.pattern.source})$` };
    case "lte":
    case "gte":
      return { op: condition.op, keys, value: condition.value };
    case "exists":
      return { op: "exists", keys };
    case "olderThan":
      return undefined;
  }
}
