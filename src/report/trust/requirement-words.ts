import {
  formatDuration,
  type Condition,
  type ProvenanceRequirement,
  type Requirement,
  type SignatureRequirement,
  type TrustRule,
  type VulnerabilitiesRequirement,
} from "#model";
import { listed } from "./authority-words.ts";

/** What one requirement asks, in words that need no knowledge of the policy's syntax. */
export function requirementWords(requirement: Requirement): string {
  switch (requirement.type) {
    case "signature":
      return signatureWords(requirement);
    case "sbom": {
      const { formats, signedBy, unsigned } = requirement;
      const names = formats.map((format) => (format === "spdx" ? "SPDX" : "CycloneDX"));
      const by =
        signedBy === undefined
          ? "signed or not"
          : `signed by ${listed(signedBy)}${unsigned ? ", or not signed" : ""}`;
      return `a bill of materials in ${listed(names)}, ${by}`;
    }
    case "provenance":
      return provenanceWords(requirement);
    case "vulnerabilities":
      return vulnerabilitiesWords(requirement);
    case "attestation": {
      const { predicateType, signedBy, count, where, maxAge, unsigned } = requirement;
      const values = where.map(conditionWords).join(" and ");
      return [
        `an attestation of ${predicateType}`,
        `signed by ${listed(signedBy)}${times(count)}${unsigned ? ", or not signed" : ""}`,
        ...(values === "" ? [] : [`that says ${values}`]),
        ...ageWords(maxAge),
      ].join(", ");
    }
  }
}

/** Everything that a rule asks, one line each. */
export function ruleWords({ require }: TrustRule): readonly string[] {
  return require.map(requirementWords);
}

function signatureWords({ signedBy, count, formats, after }: SignatureRequirement): string {
  const order = after === undefined ? "" : ", made after a scan that passes (by trusted time)";
  return `a signature by ${listed(signedBy)}${times(count)}, in the form ${listed(formats)}${order}`;
}

function provenanceWords(requirement: ProvenanceRequirement): string {
  const { signedBy, builders, sourceRepository, reproducibility, maxAge } = requirement;
  const by = builders?.map(({ id, maxLevel }) =>
    maxLevel === undefined ? id : `${id} (believed up to level ${maxLevel})`,
  );
  const repeated = {
    none: [],
    declared: ["that says the build is reproducible"],
    rebuilt: ["and of a second builder for the same digest"],
  }[reproducibility];
  return [
    `build provenance (SLSA) signed by ${listed(signedBy)}`,
    ...(by === undefined ? [] : [`of the builder ${listed(by)}`]),
    ...(sourceRepository === undefined ? [] : [`from the source ${sourceRepository}`]),
    ...repeated,
    ...ageWords(maxAge),
  ].join(", ");
}

function vulnerabilitiesWords(requirement: VulnerabilitiesRequirement): string {
  const { signedBy, block, vexSignedBy, maxAge, unsigned } = requirement;
  const blocked = block.map(({ severity, unlessMitigated }) => {
    const vex = vexSignedBy === undefined ? "" : ` by VEX of ${listed(vexSignedBy)}`;
    const level = severity === "critical" ? "critical" : `${severity} or worse`;
    return `nothing ${level}${unlessMitigated ? ` that is not mitigated${vex}` : ""}`;
  });
  return [
    `a vulnerability scan signed by ${listed(signedBy)}${unsigned ? ", or not signed" : ""}`,
    ...(blocked.length === 0 ? [] : [`with ${blocked.join(" and ")}`]),
    ...ageWords(maxAge),
  ].join(", ");
}

function times(count: number): string {
  return count > 1 ? ` (${count} different ones)` : "";
}

function ageWords(maxAge: number | undefined): readonly string[] {
  return maxAge === undefined ? [] : [`not older than ${formatDuration(maxAge)}`];
}

/** One condition on a value, in words; what is absent never satisfies it. */
export function conditionWords(condition: Condition): string {
  const { path } = condition;
  switch (condition.op) {
    case "eq":
      return `${path} is ${JSON.stringify(condition.value)}`;
    case "in":
      return `${path} is ${listed(condition.values.map((value) => JSON.stringify(value)))}`;
    case "matches":
      return `${path} matches ${condition.pattern.source}`;
    case "lte":
      return `${path} is at most ${condition.value}`;
    case "gte":
      return `${path} is at least ${condition.value}`;
    case "exists":
      return `${path} is there`;
    case "olderThan":
      return `${path} lies more than ${formatDuration(condition.milliseconds)} back`;
  }
}
