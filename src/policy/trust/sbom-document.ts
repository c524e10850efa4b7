import type { EvidenceFact, Json } from "#model";
import { isObject, itemsIn, memberAt, member, textIn } from "./json.ts";

/** A software bill of materials, as far as policy asks about it. */
export interface Sbom {
  readonly format: "spdx" | "cyclonedx";
  readonly version: string;
  /** Packages, components, or a description of the document itself. */
  readonly holds: number;
  /** What it says that it describes, where it says so. */
  readonly name: string | undefined;
  /** Each package's licence expressions; undefined where none is said. */
  readonly licences: readonly (string | undefined)[];
}

const SPDX = "https://spdx.dev/Document";
const CYCLONEDX = "https://cyclonedx.org/bom";

/** The bill of materials that evidence is; a string tells why it is none, undefined that it does not say it is one. */
export function sbomOf({ content }: EvidenceFact): Sbom | string | undefined {
  if (content.kind === "sbom") return readSbom(content.document);
  if (content.kind !== "attestation" || !isSbomType(content.predicateType)) return undefined;
  const { predicate } = content;
  return readSbom(isObject(predicate) && "Data" in predicate ? predicate["Data"] : predicate);
}

/** Tells whether a predicate type is that of a bill of materials, whatever version it ends in. */
function isSbomType(predicateType: string): boolean {
  return [SPDX, CYCLONEDX].some(
    (type) => predicateType === type || predicateType.startsWith(`${type}/`),
  );
}

/** Reads SPDX 2.3, SPDX 3 and CycloneDX 1.4 to 1.6; a string tells why it is none of them (issue 5 §2). */
function readSbom(document: Json | undefined): Sbom | string {
  if (!isObject(document)) return "it is not a JSON object";
  const sbom = cycloneDx(document) ?? spdx2(document) ?? spdx3(document);
  if (sbom === undefined) return "it is neither SPDX nor CycloneDX of a version that is known";
  return sbom.holds === 0 ? "it holds no package, component or description" : sbom;
}

function cycloneDx(document: Json): Sbom | undefined {
  const version = textIn(member(document, "specVersion")) ?? "";
  if (member(document, "bomFormat") !== "CycloneDX" || !/^1\.[456]$/.test(version))
    return undefined;
  const components = itemsIn(member(document, "components"));
  const described = memberAt(document, "metadata", "component");
  return {
    format: "cyclonedx",
    version,
    holds: components.length + (isObject(described) ? 1 : 0),
    name: textIn(member(described, "name")),
    licences: components.map(cycloneDxLicence),
  };
}

function cycloneDxLicence(component: Json): string | undefined {
  const said = itemsIn(member(component, "licenses")).map(
    (item) =>
      textIn(member(item, "expression")) ??
      textIn(memberAt(item, "license", "id")) ??
      textIn(memberAt(item, "license", "name")),
  );
  return together(said);
}

function spdx2(document: Json): Sbom | undefined {
  const version = textIn(member(document, "spdxVersion")) ?? "";
  if (!/^SPDX-2\.[23]$/.test(version)) return undefined;
  const packages = itemsIn(member(document, "packages"));
  const describes = itemsIn(member(document, "documentDescribes")).length;
  return {
    format: "spdx",
    version: version.slice("SPDX-".length),
    holds: packages.length + itemsIn(member(document, "files")).length + describes,
    name: textIn(member(document, "name")),
    licences: packages.map(
      (item) => stated(member(item, "licenseConcluded")) ?? stated(member(item, "licenseDeclared")),
    ),
  };
}

/** SPDX 3 in JSON-LD: elements in a graph, licences in relationships between them. */
function spdx3(document: Json): Sbom | undefined {
  const graph = itemsIn(member(document, "@graph"));
  const context = [member(document, "@context")].flat().map((item) => textIn(item ?? null) ?? "");
  if (!context.some((text) => text.startsWith("https://spdx.org/rdf/3."))) return undefined;
  const packages = graph.filter((item) => isType(item, "software_Package"));
  const documents = graph.filter((item) => isType(item, "SpdxDocument"));
  const licences = licenceEdges(graph);
  const expressions = new Map(
    graph.map((item) => [
      textIn(member(item, "spdxId")) ?? "",
      textIn(member(item, "simplelicensing_licenseExpression")),
    ]),
  );
  return {
    format: "spdx",
    version: "3",
    holds: packages.length + documents.length,
    name: textIn(member(documents[0], "name")),
    licences: packages.map((item) =>
      together(
        (licences.get(textIn(member(item, "spdxId")) ?? "") ?? []).map((id) => expressions.get(id)),
      ),
    ),
  };
}

/** Element → the licences that relationships give it. */
function licenceEdges(graph: readonly Json[]): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  for (const edge of graph) {
    const from = textIn(member(edge, "from"));
    const kind = textIn(member(edge, "relationshipType")) ?? "";
    if (from === undefined || !kind.endsWith("License")) continue;
    const targets = itemsIn(member(edge, "to")).flatMap((target) => textIn(target) ?? []);
    edges.set(from, [...(edges.get(from) ?? []), ...targets]);
  }
  return edges;
}

function isType(item: Json, type: string): boolean {
  return member(item, "type") === type || member(item, "@type") === type;
}

function together(said: readonly (string | undefined)[]): string | undefined {
  const texts = said.map((text) => stated(text)).filter((text) => text !== undefined);
  if (texts.length < said.length || texts.length === 0) return undefined;
  return texts.length === 1 ? texts[0] : texts.map((text) => `(${text})`).join(" AND ");
}

function stated(value: Json | undefined): string | undefined {
  const text = textIn(value)?.trim();
  return text === undefined || ["", "NOASSERTION", "NONE"].includes(text) ? undefined : text;
}
