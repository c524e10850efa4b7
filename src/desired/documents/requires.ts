import {
  KINDS,
  type AnnotationDemand,
  type AttestationPlacement,
  type ChannelRequires,
  type Condition,
  type LicenceDemand,
} from "#model";
import {
  booleanOf,
  entriesOf,
  nodeAt,
  textOf,
  textsOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { patternOf } from "./conditions.ts";
import { coverageOf, durationOf, globsOf } from "./trust-rules.ts";

/** Reads a channel's `requires`; undefined where it has none. */
export function requiresOf(
  tree: YamlTree,
  node: YamlNode | undefined,
): ChannelRequires | undefined {
  if (node === undefined) return undefined;
  const versions = textOf(valueOf(node, "versions"));
  const kinds = valueOf(node, "kinds");
  return {
    trust: textOf(valueOf(node, "trust")) === "verified" ? "verified" : "any",
    rules: textsOf(valueOf(node, "rules")),
    soak: durationOf(valueOf(node, "soak")),
    versions: versions === "release" || versions === "prerelease" ? versions : "any",
    platforms: textsOf(valueOf(node, "platforms")),
    annotations: new Map(
      entriesOf(valueOf(node, "annotations")).map(({ key, value }) => [key, demandOf(value)]),
    ),
    kinds: kinds === undefined ? undefined : KINDS.filter((kind) => textsOf(kinds).includes(kind)),
    projects: globsOf(valueOf(node, "projects")),
    sameDigestAs: textOf(valueOf(node, "sameDigestAs")),
    basePinned: booleanOf(nodeAt(node, ["baseImage", "pinned"])) ?? false,
    licences: licencesOf(valueOf(node, "licences")),
    at: tree.positionAt(node.start),
  };
}

/** The conditions of one annotation; the path is empty, because the value is the annotation itself. */
function demandOf(node: YamlNode): AnnotationDemand {
  const path = "";
  const conditions = entriesOf(node).map(({ key, value }): Condition => {
    switch (key) {
      case "present":
        return { op: "exists", path };
      case "eq":
        return { op: "in", path, values: [textOf(value) ?? []].flat() };
      case "in":
        return { op: "in", path, values: textsOf(value) };
      default:
        return { op: "matches", path, pattern: patternOf(value) };
    }
  });
  return { conditions };
}

function licencesOf(node: YamlNode | undefined): LicenceDemand | undefined {
  if (node === undefined) return undefined;
  return {
    deny: textsOf(valueOf(node, "deny")),
    unknown: textOf(valueOf(node, "unknown")) === "allow" ? "allow" : "refuse",
  };
}

const ATTACH = ["auto", "subject", "separate", "none"] as const;

/** Reads a channel's `attestation`; undefined where it has none. */
export function placementOf(node: YamlNode | undefined): AttestationPlacement | undefined {
  if (node === undefined) return undefined;
  const attach = textOf(valueOf(node, "attach"));
  return {
    attach: ATTACH.find((known) => known === attach) ?? "auto",
    repository: textOf(valueOf(node, "repository")) ?? "{repository}-evidence",
    coverage: coverageOf(valueOf(node, "coverage")),
  };
}
