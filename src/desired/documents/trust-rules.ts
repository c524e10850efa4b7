import {
  parseDuration,
  SEVERITIES,
  SIGNATURE_FORMATS,
  type Coverage,
  type Requirement,
  type RuleMatch,
  type SeverityBlock,
  type TrustRule,
} from "#model";
import {
  entriesOf,
  itemsOf,
  nodeAt,
  numberOf,
  textOf,
  textsOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { conditionOf } from "./conditions.ts";

/** Reads one rule; what cannot be read of it was reported, and is never satisfied. */
export function ruleOf(tree: YamlTree, node: YamlNode): readonly TrustRule[] {
  const name = textOf(valueOf(node, "name"));
  if (name === undefined) return [];
  const match = valueOf(node, "match");
  return [
    {
      name,
      match: matchOf(match),
      mode: textOf(valueOf(node, "mode")) === "warn" ? "warn" : "enforce",
      coverage: coverageOf(valueOf(node, "coverage")),
      require: itemsOf(valueOf(node, "require")).map((item) => requirementOf(tree, item)),
      at: tree.positionAt(valueOf(node, "name")?.start ?? node.start),
    },
  ];
}

function matchOf(node: YamlNode | undefined): RuleMatch {
  return {
    projects: globsOf(valueOf(node, "projects")),
    names: globsOf(valueOf(node, "names")),
    kinds: globsOf(valueOf(node, "kinds")),
    sources: globsOf(valueOf(node, "sources")),
    channels: globsOf(valueOf(node, "channels")),
    environments: globsOf(valueOf(node, "environments")),
    runtimeClasses: globsOf(valueOf(node, "runtimeClasses")),
  };
}

/** A list of globs; undefined only where there is no key, so that a broken list never matches more. */
export function globsOf(node: YamlNode | undefined): readonly string[] | undefined {
  return node?.kind === "list" ? textsOf(node) : undefined;
}

/** `index`, `platforms` or `all`. */
export function coverageOf(node: YamlNode | undefined): Coverage {
  const text = textOf(node);
  return text === "platforms" || text === "all" ? text : "index";
}

/** A duration in milliseconds; undefined where there is none. */
export function durationOf(node: YamlNode | undefined): number | undefined {
  return parseDuration(textOf(node) ?? "");
}

function requirementOf(tree: YamlTree, item: YamlNode): Requirement {
  const [entry] = entriesOf(item);
  const at = tree.positionAt(entry?.keyStart ?? item.start);
  const node = entry?.value;
  switch (entry?.key ?? "") {
    case "signature":
      return { ...signatureOf(node), at };
    case "sbom":
      return { ...sbomOf(node), at };
    case "provenance":
      return { ...provenanceOf(node), at };
    case "vulnerabilities":
      return { ...vulnerabilitiesOf(node), at };
    default:
      return { ...attestationOf(node), at };
  }
}

type Unplaced<Kind extends Requirement["type"]> = Omit<Requirement & { type: Kind }, "at">;

function signatureOf(node: YamlNode | undefined): Unplaced<"signature"> {
  const formats = textsOf(valueOf(node, "formats"));
  return {
    type: "signature",
    signedBy: textsOf(valueOf(node, "anyOf")),
    count: numberOf(valueOf(node, "count")) ?? 1,
    formats: SIGNATURE_FORMATS.filter((known) => formats.length === 0 || formats.includes(known)),
    after: textOf(valueOf(node, "after")) === "vulnerabilities" ? "vulnerabilities" : undefined,
  };
}

const SBOM_FORMATS = ["spdx", "cyclonedx"] as const;

function sbomOf(node: YamlNode | undefined): Unplaced<"sbom"> {
  const formats = textsOf(valueOf(node, "formats"));
  const signers = valueOf(node, "signedBy");
  const unsigned = textOf(valueOf(node, "unsigned"));
  return {
    type: "sbom",
    formats: SBOM_FORMATS.filter((known) => formats.length === 0 || formats.includes(known)),
    signedBy: signers === undefined ? undefined : textsOf(signers),
    unsigned: unsigned === undefined ? signers === undefined : unsigned === "allow",
  };
}

function provenanceOf(node: YamlNode | undefined): Unplaced<"provenance"> {
  const builders = valueOf(node, "builders");
  const reproducibility = textOf(valueOf(node, "reproducibility"));
  return {
    type: "provenance",
    signedBy: textsOf(valueOf(node, "signedBy")),
    builders:
      builders === undefined
        ? undefined
        : itemsOf(builders).map((builder) => ({
            id: textOf(valueOf(builder, "id")) ?? "",
            maxLevel: numberOf(valueOf(builder, "maxLevel")),
          })),
    sourceRepository: textOf(valueOf(node, "sourceRepository")),
    reproducibility:
      reproducibility === "declared" || reproducibility === "rebuilt" ? reproducibility : "none",
    maxAge: durationOf(valueOf(node, "maxAge")),
  };
}

function vulnerabilitiesOf(node: YamlNode | undefined): Unplaced<"vulnerabilities"> {
  const vex = valueOf(node, "vex");
  return {
    type: "vulnerabilities",
    signedBy: textsOf(valueOf(node, "signedBy")),
    block: itemsOf(valueOf(node, "block")).map(blockOf),
    vexSignedBy: vex === undefined ? undefined : textsOf(nodeAt(vex, ["signedBy"])),
    maxAge: durationOf(valueOf(node, "maxAge")),
    unsigned: textOf(valueOf(node, "unsigned")) === "allow",
  };
}

/** A severity that cannot be read blocks everything. */
function blockOf(node: YamlNode): SeverityBlock {
  const severity = textOf(valueOf(node, "severity"));
  return {
    severity: SEVERITIES.find((known) => known === severity) ?? "negligible",
    unlessMitigated: textOf(valueOf(node, "unless")) === "mitigated",
  };
}

function attestationOf(node: YamlNode | undefined): Unplaced<"attestation"> {
  return {
    type: "attestation",
    predicateType: textOf(valueOf(node, "predicateType")) ?? "",
    signedBy: textsOf(valueOf(node, "signedBy")),
    count: numberOf(valueOf(node, "count")) ?? 1,
    where: itemsOf(valueOf(node, "where")).map(conditionOf),
    maxAge: durationOf(valueOf(node, "maxAge")),
    unsigned: textOf(valueOf(node, "unsigned")) === "allow",
  };
}
