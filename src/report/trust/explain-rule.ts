import type { Json, Requirement, TrustPolicy, TrustRule } from "#model";
import { plain } from "../plain-text.ts";
import type { Style } from "../style.ts";
import { authorityLines } from "./authority-words.ts";
import { requirementWords, ruleWords } from "./requirement-words.ts";
import { matchWords } from "./show-text.ts";

/** `waybill trust explain RULE`: what one rule asks, of whom, and what happens where it is not met (issue 5 §6). */
export function ruleText(rule: TrustRule, policy: TrustPolicy, style: Style): string {
  const lines = [
    `${style.bold(`Rule ${plain(rule.name, 100)}`)} is for ${plain(matchWords(rule.match), 600)}.`,
    `${modeWords(rule)} ${coverageWords(rule)}`,
    `It stands in ${plain(rule.at.file)}, line ${rule.at.line}.`,
    "",
    `It asks for ${rule.require.length === 1 ? "one thing" : `all of ${rule.require.length} things`}:`,
    ...rule.require.flatMap((requirement, at) => requirementLines(requirement, at, style)),
    "",
    style.bold("Who they are:"),
    ...authorityLines(namesIn(rule), policy).map((line) => `  ${plain(line, 1_000)}`),
    ...exceptionLines(rule, policy, style),
    "",
    style.dim(
      "Other rules that are for the same artifact are asked too; none switches another off.",
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function modeWords({ mode }: TrustRule): string {
  return mode === "enforce"
    ? "It is enforced: what does not meet it is refused, and nothing is copied or tagged."
    : "It only warns: what does not meet it goes on, and the plan says so.";
}

function coverageWords({ coverage }: TrustRule): string {
  switch (coverage) {
    case "index":
      return "It looks at the digest that is promoted.";
    case "platforms":
      return "It looks at the image of each platform, not at the index above them.";
    case "all":
      return "It looks at the digest that is promoted and at the image of each platform.";
  }
}

function requirementLines(requirement: Requirement, at: number, style: Style): readonly string[] {
  return [
    `  ${at + 1}. ${style.bold(plain(requirementWords(requirement), 1_000))}`,
    `     ${MEANING[requirement.type]}`,
  ];
}

/** Everybody whose evidence the rule would take. */
function namesIn({ require }: TrustRule): readonly string[] {
  return [
    ...new Set(
      require.flatMap((requirement) => [
        ...(requirement.signedBy ?? []),
        ...(requirement.type === "vulnerabilities" ? (requirement.vexSignedBy ?? []) : []),
      ]),
    ),
  ];
}

const MEANING: Readonly<Record<Requirement["type"], string>> = {
  signature: "A signature says who vouches for these bytes. It says nothing about what is in them.",
  sbom: "It must parse and name at least one package; it says what is in it, not that it is safe.",
  provenance: "It says who built it, from which source; it is compared with the certificate.",
  vulnerabilities:
    "The newest scan of each counts. A severity that is not known counts as critical.",
  attestation: "One statement must meet all of it; a value that is absent meets nothing.",
};

function exceptionLines(
  { name }: TrustRule,
  { exceptions }: TrustPolicy,
  style: Style,
): readonly string[] {
  const own = exceptions.filter((exception) => exception.rule === name);
  if (own.length === 0) return [];
  return [
    "",
    style.bold("Exceptions:"),
    ...own.map(({ vulnerability, artifact, reason, until }) => {
      return `  ${plain(`${vulnerability} of ${artifact} until ${until}: ${reason}`, 600)}`;
    }),
  ];
}

/** The same as `waybill.dev/trust-rule/v1`. */
export function ruleDocument(rule: TrustRule, policy: TrustPolicy): Json {
  return {
    schema: "waybill.dev/trust-rule/v1",
    rule: rule.name,
    mode: rule.mode,
    coverage: rule.coverage,
    for: matchWords(rule.match),
    at: { file: rule.at.file, line: rule.at.line },
    asks: [...ruleWords(rule)],
    exceptions: policy.exceptions
      .filter((exception) => exception.rule === rule.name)
      .map(({ vulnerability, artifact, reason, until }) => {
        return { vulnerability, artifact, reason, until };
      }),
  };
}
