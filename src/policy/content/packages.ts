import {
  compareSemVer,
  compareText,
  parseSemVer,
  type Compared,
  type Json,
  type PackageChange,
} from "#model";
import { cut, mostOf } from "./caps.ts";
import { isObject, itemsIn, member, memberAt, textIn } from "../trust/json.ts";

/** No bill of materials that is read holds more; what is beyond is another kind of file. */
const MOST_PACKAGES = 100_000;

/** What one bill of materials lists: the package's name (with its ecosystem, where it says) → its versions, sorted. */
type Packages = ReadonlyMap<string, readonly string[]>;

/** Packages that two bills of materials have differently, whichever of SPDX 2, SPDX 3 and CycloneDX each is in (issue 6 §2). */
export function comparePackages(
  before: Json | undefined,
  after: Json | undefined,
): Compared<readonly PackageChange[]> {
  const [old, now] = [packagesOf(before), packagesOf(after)];
  if (now === undefined) return { kind: "unknown", why: "the new version has no SBOM to read" };
  if (old === undefined)
    return { kind: "unknown", why: "the version that is there has no SBOM to read" };
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted(compareText);
  return mostOf(
    names.flatMap((name) => changeOf(name, old.get(name) ?? [], now.get(name) ?? [])),
    "packages",
  );
}

function changeOf(
  name: string,
  before: readonly string[],
  after: readonly string[],
): readonly PackageChange[] {
  const [gone, come] = [
    before.filter((version) => !after.includes(version)),
    after.filter((version) => !before.includes(version)),
  ];
  if (gone.length + come.length === 0) return [];
  const texts = { before: textFor(gone), after: textFor(come) };
  if (gone.length === 0 && before.length === 0) return [{ kind: "added", name, ...texts }];
  if (come.length === 0 && after.length === 0) return [{ kind: "removed", name, ...texts }];
  return [{ kind: direction(gone, come), name, ...texts }];
}

function textFor(versions: readonly string[]): string | undefined {
  return versions.length === 0 ? undefined : cut(versions.join(", "));
}

/** Up or down only where each side is one version that can be ordered. */
function direction(
  [before, ...others]: readonly string[],
  [after, ...more]: readonly string[],
): PackageChange["kind"] {
  if (before === undefined || after === undefined || others.length + more.length > 0)
    return "changed";
  const order = compareLoosely(before, after);
  return order === 0 ? "changed" : order < 0 ? "upgraded" : "downgraded";
}

/** Orders what distributions and languages call versions: runs of digits as numbers, all else as text. */
function compareLoosely(a: string, b: string): number {
  if (parseSemVer(a) !== undefined && parseSemVer(b) !== undefined) return compareSemVer(a, b);
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at] ?? "", right[at] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: string): readonly string[] {
  return version.slice(0, 256).match(/\d+|[^\d.+~:_-]+/g) ?? [];
}

function comparePart(a: string, b: string): number {
  const [isA, isB] = [/^\d/.test(a), /^\d/.test(b)];
  if (isA && isB) return Number(a.slice(0, 15)) - Number(b.slice(0, 15));
  if (isA !== isB) return isA ? 1 : -1;
  return compareText(a, b);
}

function packagesOf(document: Json | undefined): Packages | undefined {
  if (!isObject(document)) return undefined;
  const listed = cycloneDx(document) ?? spdx2(document) ?? spdx3(document);
  if (listed === undefined) return undefined;
  const packages = new Map<string, string[]>();
  for (const { name, version } of listed.slice(0, MOST_PACKAGES)) {
    const versions = packages.get(name) ?? [];
    if (!versions.includes(version)) versions.push(version);
    packages.set(name, versions);
  }
  return new Map([...packages].map(([name, versions]) => [name, versions.toSorted(compareText)]));
}

interface Listed {
  readonly name: string;
  readonly version: string;
}

function cycloneDx(document: Json): readonly Listed[] | undefined {
  if (member(document, "bomFormat") !== "CycloneDX") return undefined;
  return itemsIn(member(document, "components"))
    .filter((item) => member(item, "type") !== "file")
    .flatMap((item) =>
      listed(item, { name: "name", version: "version", url: textIn(member(item, "purl")) }),
    );
}

function spdx2(document: Json): readonly Listed[] | undefined {
  if (!(textIn(member(document, "spdxVersion")) ?? "").startsWith("SPDX-2.")) return undefined;
  const described = new Set(itemsIn(member(document, "documentDescribes")));
  return itemsIn(member(document, "packages"))
    .filter((item) => !described.has(member(item, "SPDXID") ?? null))
    .flatMap((item) => {
      const references = itemsIn(member(item, "externalRefs"));
      const purl = references.find((entry) => member(entry, "referenceType") === "purl");
      const url = textIn(member(purl, "referenceLocator"));
      return listed(item, { name: "name", version: "versionInfo", url });
    });
}

function spdx3(document: Json): readonly Listed[] | undefined {
  const graph = itemsIn(member(document, "@graph"));
  if (graph.length === 0) return undefined;
  return graph
    .filter((item) => (member(item, "type") ?? member(item, "@type")) === "software_Package")
    .flatMap((item) =>
      listed(item, {
        name: "name",
        version: "software_packageVersion",
        url: textIn(memberAt(item, "software_packageUrl")),
      }),
    );
}

interface Keys {
  readonly name: string;
  readonly version: string;
  readonly url: string | undefined;
}

/** A package by name and ecosystem: `npm/left-pad`, where a package URL tells which. */
function listed(item: Json, keys: Keys): readonly Listed[] {
  const named = textIn(member(item, keys.name));
  if (named === undefined) return [];
  const name = cut(named);
  const ecosystem = /^pkg:([a-z0-9.+-]{1,40})\//.exec(keys.url ?? "")?.[1];
  return [
    {
      name: ecosystem === undefined ? name : `${ecosystem}/${name}`,
      version: cut(textIn(member(item, keys.version)) ?? "no version"),
    },
  ];
}
