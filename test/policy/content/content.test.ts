import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, PackageChange } from "#model";
import { compareConfigs, comparePackages, comparePlatforms, compareVulnerabilities } from "#policy";

type Listed = readonly [name: string, version: string, purl?: string];

const FORMATS: readonly (readonly [string, (...packages: readonly Listed[]) => Json])[] = [
  [
    "CycloneDX",
    (...packages) => ({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [
        { type: "file", name: "/etc/passwd", version: "x" },
        ...packages.map(([name, version, purl]) => ({
          type: "library",
          name,
          version,
          ...(purl === undefined ? {} : { purl }),
        })),
      ],
    }),
  ],
  [
    "SPDX 2.3",
    (...packages) => ({
      spdxVersion: "SPDX-2.3",
      documentDescribes: ["SPDXRef-image"],
      packages: [
        { SPDXID: "SPDXRef-image", name: "the image itself", versionInfo: "sha256" },
        ...packages.map(([name, versionInfo, purl]) => ({
          SPDXID: `SPDXRef-${name}`,
          name,
          versionInfo,
          externalRefs:
            purl === undefined ? [] : [{ referenceType: "purl", referenceLocator: purl }],
        })),
      ],
    }),
  ],
  [
    "SPDX 3",
    (...packages) => ({
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": [
        { type: "SpdxDocument", name: "doc" },
        ...packages.map(([name, version, purl]) => ({
          type: "software_Package",
          name,
          software_packageVersion: version,
          ...(purl === undefined ? {} : { software_packageUrl: purl }),
        })),
      ],
    }),
  ],
];

function rowsOf(before: Json | undefined, after: Json | undefined): readonly string[] | string {
  const compared = comparePackages(before, after);
  return compared.kind === "unknown" ? compared.why : compared.value.map(row);
}

function row({ kind, name, before, after }: PackageChange): string {
  return `${kind} ${name} ${before ?? "-"} ${after ?? "-"}`;
}

describe.for(FORMATS)("000-20 packages, by %s", ([, sbom]) => {
  it.for<readonly [string, readonly Listed[], readonly Listed[], readonly string[]]>([
    ["the same", [["a", "1"]], [["a", "1"]], []],
    ["added", [], [["a", "1"]], ["added a - 1"]],
    ["removed", [["a", "1"]], [], ["removed a 1 -"]],
    ["upgraded", [["a", "1.9.0"]], [["a", "1.10.0"]], ["upgraded a 1.9.0 1.10.0"]],
    ["downgraded", [["a", "2.0.0"]], [["a", "2.0.0-rc.1"]], ["downgraded a 2.0.0 2.0.0-rc.1"]],
    [
      "a distribution's version",
      [["a", "3.0.9-1~deb12u1"]],
      [["a", "3.0.15-1~deb12u1"]],
      ["upgraded a 3.0.9-1~deb12u1 3.0.15-1~deb12u1"],
    ],
    [
      "two versions at once",
      [
        ["a", "1"],
        ["a", "2"],
      ],
      [
        ["a", "2"],
        ["a", "3"],
      ],
      ["upgraded a 1 3"],
    ],
    [
      "several for several",
      [
        ["a", "1"],
        ["a", "2"],
      ],
      [
        ["a", "3"],
        ["a", "4"],
      ],
      ["changed a 1, 2 3, 4"],
    ],
    [
      "one more version beside",
      [["a", "1"]],
      [
        ["a", "1"],
        ["a", "2"],
      ],
      ["changed a - 2"],
    ],
    [
      "two ecosystems of one name",
      [["a", "1", "pkg:npm/a@1"]],
      [["a", "1", "pkg:deb/debian/a@1"]],
      ["added deb/a - 1", "removed npm/a 1 -"],
    ],
  ])("%s", ([, before, after, rows]) => {
    expect(rowsOf(sbom(...before), sbom(...after))).toEqual(rows);
  });
});

describe("packages of two formats, or of none", () => {
  const [cyclone, spdx] = FORMATS.map(([, sbom]) => sbom);

  it("compares across formats", () => {
    expect(rowsOf(cyclone?.(["a", "1"]), spdx?.(["a", "2"]))).toEqual(["upgraded a 1 2"]);
  });

  it.for<readonly [string, Json | undefined, Json | undefined, string]>([
    ["no new one", {}, undefined, "the new version has no SBOM to read"],
    [
      "no old one",
      undefined,
      FORMATS[0]?.[1](["a", "1"]),
      "the version that is there has no SBOM to read",
    ],
    [
      "something else",
      FORMATS[0]?.[1](["a", "1"]),
      { packages: [] },
      "the new version has no SBOM to read",
    ],
  ])("tells why it is not known: %s", ([, before, after, why]) => {
    expect(rowsOf(before, after)).toBe(why);
  });

  it("never throws on what a stranger wrote", () => {
    const hostile = fc.record({
      bomFormat: fc.constant("CycloneDX"),
      components: fc.jsonValue(),
      packages: fc.jsonValue(),
    });
    fc.assert(
      fc.property(hostile, fc.jsonValue(), (a, b) => {
        const [before, after]: readonly Json[] = JSON.parse(JSON.stringify([a, b]));
        expect(comparePackages(before, after).kind).toMatch(/compared|unknown/);
        expect(compareVulnerabilities(after, before).kind).toMatch(/compared|unknown/);
      }),
    );
  });
});

function trivy(...found: readonly (readonly [string, string])[]): Json {
  return {
    Results: [
      {
        Vulnerabilities: found.map(([VulnerabilityID, Severity]) => ({
          VulnerabilityID,
          Severity,
        })),
      },
    ],
  };
}

describe("vulnerabilities", () => {
  it("fixed and introduced, the worst first, each once", () => {
    const before = trivy(["CVE-1", "LOW"], ["CVE-2", "HIGH"]);
    const after = trivy(
      ["CVE-1", "LOW"],
      ["CVE-4", "LOW"],
      ["CVE-3", "CRITICAL"],
      ["CVE-4", "HIGH"],
    );
    expect(compareVulnerabilities(before, after)).toEqual({
      kind: "compared",
      value: {
        fixed: [{ id: "CVE-2", severity: "high" }],
        introduced: [
          { id: "CVE-3", severity: "critical" },
          { id: "CVE-4", severity: "high" },
        ],
      },
    });
  });

  it("an alias is the same one, from one scanner to another", () => {
    const grype = {
      matches: [
        {
          vulnerability: { id: "GHSA-x", severity: "High" },
          relatedVulnerabilities: [{ id: "CVE-1" }],
        },
      ],
    };
    const value = { fixed: [], introduced: [] };
    expect(compareVulnerabilities(trivy(["CVE-1", "HIGH"]), grype)).toEqual({
      kind: "compared",
      value,
    });
    expect(compareVulnerabilities(grype, trivy(["CVE-1", "HIGH"]))).toEqual({
      kind: "compared",
      value,
    });
  });

  it("a report that is not there is not known, and never clean", () => {
    expect(compareVulnerabilities(undefined, trivy())).toMatchObject({ kind: "unknown" });
    expect(compareVulnerabilities(trivy(), undefined)).toMatchObject({ kind: "unknown" });
    expect(compareVulnerabilities(trivy(), { odd: 1 })).toMatchObject({ kind: "unknown" });
  });
});

describe("configs and platforms", () => {
  const before = {
    config: {
      User: "root",
      Cmd: ["a"],
      Env: ["PATH=/bin", "TOKEN=secret"],
      ExposedPorts: { "80/tcp": {} },
    },
  };
  const after = {
    config: {
      User: "10001",
      Cmd: ["a", "b"],
      Env: ["PATH=/usr/bin", "KEY=secret"],
      ExposedPorts: { "80/tcp": {}, "443/tcp": {} },
    },
  };

  it("tells settings that differ, and of the environment the names alone", () => {
    const changes = compareConfigs(
      new Map([["linux/amd64", before]]),
      new Map([["linux/amd64", after]]),
    );
    expect(changes.map(({ setting, before: was, after: is }) => [setting, was, is])).toEqual([
      ["user", "root", "10001"],
      ["command", '["a"]', '["a","b"]'],
      ["ports", "80/tcp", "443/tcp, 80/tcp"],
      ["environment", "PATH, TOKEN", "KEY, PATH"],
    ]);
    expect(JSON.stringify(changes)).not.toContain("secret");
  });

  it("names the platform only where there are several", () => {
    const two = new Map([
      ["linux/amd64", before],
      ["linux/arm64", after],
    ]);
    const changes = compareConfigs(
      two,
      new Map([
        ["linux/amd64", after],
        ["linux/arm64", after],
      ]),
    );
    expect(new Set(changes.map(({ platform }) => platform))).toEqual(new Set(["linux/amd64"]));
  });

  it("tells platforms that came and went", () => {
    expect(
      comparePlatforms(["linux/amd64", "linux/s390x"], ["linux/arm64", "linux/amd64"]),
    ).toEqual({ added: ["linux/arm64"], removed: ["linux/s390x"] });
  });
});
