import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve, readPolicies, readPromotions, type SourceFile } from "#desired";
import { KINDS, sortDiagnostics, type DesiredArtifact, type Place, type Repository } from "#model";
import {
  API,
  check,
  CHANNELS,
  digest,
  HEAD,
  headOf,
  POLICIES,
  SITES,
  versions,
  withPolicies,
} from "../support/promotions.ts";

const D1 = `digest: "${digest(1)}"`;
const D2 = `digest: "${digest(2)}"`;
const D3 = `digest: "${digest(3)}"`;

function api(lines: string, policies: Readonly<Record<string, string>> = {}): DesiredArtifact {
  const beside = Object.entries(policies).map(([path, text]) => ({
    path: `policies/${path}`,
    text,
  }));
  const { desired, diagnostics } = check(
    withPolicies([{ path: API, text: HEAD + lines }, ...beside]),
  );
  expect(diagnostics).toEqual([]);
  const found = desired.artifacts.find(({ id }) => id === "payments/api");
  if (found === undefined) throw new Error("payments/api was not resolved");
  return found;
}

/** A place in one line: where, and which version has which tags there; `-` before what leaves it. */
function shown({ channel, site, repository, wants, leaves }: Place): string {
  const has = wants.map(({ line, tags }) => `${line.version}=${tags.join("+")}`);
  const loses = leaves.map(({ line, tags }) => `-${line.version}=${tags.join("+")}`);
  return [`${channel} ${site} ${repository}:`, ...has, ...loses].join(" ");
}

describe("001-14 002-08 a channel and a site give a repository", () => {
  it("for every combination, sorted, with what belongs there and what does not", () => {
    const found = api(
      versions(
        `version: v1.1.0, ${D2}, channels: [dev, { channel: prod, environment: eu }]`,
        `version: v1.0.0, ${D1}, channels: [staging, prod]`,
        `version: v0.9.0, ${D3}, state: retired, channels: [prod]`,
      ),
    );
    expect(found.places.map(shown)).toEqual([
      "dev oslo registry.oslo.example.com/platform/payments-dev/api: v1.1.0=v1.1.0 -v1.0.0=v1.0.0 -v0.9.0=v0.9.0",
      "prod bergen registry.bergen.example.com/payments/api: v1.0.0=v1.0.0 -v1.1.0=v1.1.0 -v0.9.0=v0.9.0",
      "prod oslo registry.oslo.example.com/platform/payments/api: v1.1.0=v1.1.0 v1.0.0=v1.0.0 -v0.9.0=v0.9.0",
      "staging oslo registry.oslo.example.com/platform/preprod/payments/api: v1.0.0=v1.0.0 -v1.1.0=v1.1.0 -v0.9.0=v0.9.0",
      "test oslo registry.oslo.example.com/platform/payments-test/api: -v1.1.0=v1.1.0 -v1.0.0=v1.0.0 -v0.9.0=v0.9.0",
    ]);
    expect(found.places.map(({ site, required }) => `${site} ${required}`)).toContain(
      "bergen false",
    );
  });

  it("channels may lie at sites of their own, so that staging and production are different hosts", () => {
    const channels = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "{project}/{name}", sites: { require: [bench] } }
  prod: { to: "{project}/{name}", after: [staging], sites: { require: [oslo] } }
`;
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [staging, prod]`), {
      "channels.yaml": channels,
    });
    expect(found.places.map(({ repository }) => repository)).toEqual([
      "registry.oslo.example.com/platform/payments/api",
      "oci-layout:./var/bench/payments/api",
    ]);
  });

  it("{project}, {name}, {channel} and {kind} are filled in", () => {
    const channels = CHANNELS.replace("{project}-dev/{name}", "{kind}/{channel}/{project}/{name}");
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [dev]`), {
      "channels.yaml": channels,
    });
    expect(found.places[0]?.repository).toBe(
      "registry.oslo.example.com/platform/container-image/dev/payments/api",
    );
  });

  it("a site without a store of the source's type gives none", () => {
    const sites = SITES.replace(
      "bergen: { environment: no, stores: { oci: registry.bergen.example.com } }",
      "bergen: { stores: {} }",
    );
    const channels = CHANNELS.replace("require: [oslo], bestEffort: [bergen]", "require: [oslo]");
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [prod]`), {
      "sites.yaml": sites,
      "channels.yaml": channels,
    });
    expect(new Set(found.places.map(({ site }) => site))).toEqual(new Set(["oslo"]));
  });

  it("file and s3 stores validate and have places, though nothing can write there yet", () => {
    const head = HEAD.replace(
      "type: oci, repository: registry.example.com/payments-staging/api",
      'type: file, repository: "file:./api"',
    );
    const channels = CHANNELS.replace(", bestEffort: [bergen]", "");
    const files = [
      { path: API, text: head + versions(`version: v1.0.0, ${D1}, channels: [dev, prod]`) },
      { path: "policies/channels.yaml", text: channels },
    ];
    const { desired, diagnostics } = check(withPolicies(files));
    expect(diagnostics).toEqual([]);
    expect(desired.artifacts[0]?.places.map(({ repository }) => repository)).toContain(
      "s3://oslo-artifacts/payments/api",
    );
  });
});

describe("003-20 003-25 publication", () => {
  it.for([[`version: v1.0.0, ${D1}`], [`version: v1.0.0, ${D1}, channels: []`]])(
    "alone means no place: %s",
    ([line]) => {
      expect(api(versions(line ?? "")).places.flatMap(({ wants }) => wants)).toEqual([]);
    },
  );
});

describe("003-21 003-36 one version", () => {
  it("may be in many channels, and in one environment of a channel", () => {
    const found = api(
      versions(`version: v1.0.0, ${D1}, channels: [dev, test, { channel: prod, environment: eu }]`),
    );
    const held = found.places.filter(({ wants }) => wants.length > 0);
    expect(held.map(({ channel, site }) => `${channel} ${site}`)).toEqual([
      "dev oslo",
      "prod oslo",
      "test oslo",
    ]);
  });

  it("may be at some sites of a channel", () => {
    const sites = api(
      versions(`version: v1.0.0, ${D1}, channels: [{ channel: prod, sites: [bergen, oslo] }]`),
    ).places;
    expect(sites.filter(({ wants }) => wants.length > 0).map(({ site }) => site)).toEqual([
      "bergen",
      "oslo",
    ]);
  });

  it("stays where it is while deprecated, and leaves every place when retired", () => {
    const deprecated = api(versions(`version: v1.0.0, ${D1}, channels: [prod], state: deprecated`));
    expect(deprecated.places.filter(({ wants }) => wants.length > 0)).toHaveLength(2);
    const retired = api(versions(`version: v1.0.0, ${D1}, channels: [prod], state: retired`));
    expect(retired.places.filter(({ wants }) => wants.length > 0)).toEqual([]);
    expect(retired.places.every(({ leaves }) => leaves.length === 1)).toBe(true);
  });
});

describe("003-22 003-23 the baseline channels", () => {
  it("are data: each place names its channel, and the artifact its source", () => {
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [dev, test, staging, prod]`));
    expect(new Set(found.places.map(({ channel }) => channel))).toEqual(
      new Set(["dev", "prod", "staging", "test"]),
    );
    expect(found).toMatchObject({
      source: "registry.example.com/payments-staging/api",
      sourceType: "oci",
      kind: "container-image",
      origin: "promotion",
    });
  });
});

describe("immutable tags", () => {
  it("are the version by default, with _ for +, and what the templates give", () => {
    const channels = CHANNELS.replace(
      '["{version}"]',
      '["{version}", "{major}.{minor}.{patch}", "sha-{shortRevision}"]',
    );
    const found = api(versions(`version: v1.4.2+build.5, ${D1}, channels: [prod]`), {
      "channels.yaml": channels,
    });
    expect(found.places.find(({ channel }) => channel === "prod")?.wants[0]?.tags).toEqual([
      "v1.4.2_build.5",
      "1.4.2",
      "sha-{shortRevision}",
    ]);
  });

  it("of versions of one digest may be one tag, and leaving with one version leaves only its own", () => {
    const channels = CHANNELS.replace('["{version}"]', '["{version}", "sha-{shortRevision}"]');
    const found = api(
      versions(
        `version: v1.0.0, ${D1}, from: v1.0.0-rc.1, channels: [prod]`,
        `version: v1.0.0-rc.1, ${D1}`,
      ),
      { "channels.yaml": channels },
    );
    const prod = found.places.find(({ channel }) => channel === "prod");
    expect(prod?.leaves.map(({ tags }) => tags)).toEqual([["v1.0.0-rc.1"]]);
  });
});

describe("channels that share a repository", () => {
  const channels = CHANNELS.replace("{project}-test/{name}", "{project}-dev/{name}");

  it("hold what either of them means: leaving one is not leaving the repository", () => {
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [test]`), {
      "channels.yaml": channels,
    });
    const [dev] = found.places;
    expect([dev?.channel, dev?.repository, dev?.leaves]).toEqual([
      "dev",
      "registry.oslo.example.com/platform/payments-dev/api",
      [],
    ]);
  });

  it("may both have one digest under one tag", () => {
    const found = api(versions(`version: v1.0.0, ${D1}, channels: [dev, test]`), {
      "channels.yaml": channels,
    });
    expect(found.places.filter(({ wants }) => wants.length > 0)).toHaveLength(2);
  });
});

describe("003-22 this repository", () => {
  it("has the baseline channels, and validates as it stands", () => {
    const paths = ["promotions", "policies"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
    );
    const yaml = paths.filter((path) => path.endsWith(".yaml"));
    const { desired, diagnostics } = check(
      yaml.map((path) => ({ path, text: readFileSync(path, "utf8") })),
    );
    expect(diagnostics).toEqual([]);
    expect([...desired.channels.keys()]).toEqual(["dev", "test", "staging", "prod"]);
    expect(desired.artifacts.length).toBeGreaterThan(0);
  });
});

describe("000-01 kinds", () => {
  it.for(KINDS.map((kind) => [kind] as const))("%s is a kind", ([kind]) => {
    const text =
      HEAD.replace("container-image", kind) + versions(`version: v1.0.0, ${D1}, channels: [dev]`);
    const { desired, diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics).toEqual([]);
    expect(desired.artifacts.map((artifact) => artifact.kind)).toEqual([kind]);
  });
});

describe("a tree", () => {
  it("without policies validates, as long as no channel is named", () => {
    const text = HEAD + versions(`version: v1.0.0, ${D1}`);
    expect(check([{ path: API, text }]).diagnostics).toEqual([]);
    const named = check([
      { path: API, text: text.replace(" }\n", " }\n").replace('" }', '", channels: [dev] }') },
    ]);
    expect(named.diagnostics.map(({ code, hint }) => [code, hint])).toEqual([
      ["unknown-channel", "there is no policies/channels.yaml: write one"],
    ]);
  });

  it("that is empty is no mistake", () => {
    expect(check([])).toMatchObject({ desired: { artifacts: [] }, diagnostics: [] });
  });

  it("keeps names with folders, sorted by id", () => {
    const files = ["web", "api/v2", "api"].map((name) => ({
      path: `promotions/payments/${name}.yaml`,
      text: headOf(name) + versions(`version: v1.0.0, ${D1}, channels: [dev]`),
    }));
    const { desired, diagnostics } = check(withPolicies(files));
    expect(diagnostics).toEqual([]);
    expect(desired.artifacts.map(({ id }) => id)).toEqual([
      "payments/api",
      "payments/api/v2",
      "payments/web",
    ]);
  });
});

function codes(
  artifact: DesiredArtifact,
  text = HEAD + versions(`version: v1.0.0, ${D1}, channels: [dev]`),
): readonly string[] {
  const { documents } = readPromotions([{ path: API, text }]);
  const { policies } = readPolicies(POLICIES);
  const { diagnostics } = resolve({ promotions: documents, policies, kpromo: [artifact] });
  return diagnostics.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

describe("beside kpromo's manifests", () => {
  const place: Place = {
    channel: "kpromo",
    site: "registry.oslo.example.com/platform",
    required: true,
    repository: "registry.oslo.example.com/platform/payments-dev/api" as Repository,
    wants: [],
    leaves: [],
  };
  const kpromo: DesiredArtifact = {
    id: "payments/api",
    project: "payments",
    name: "api",
    kind: "container-image",
    origin: "kpromo",
    sourceType: "oci",
    source: "registry.example.com/elsewhere/api" as Repository,
    lines: [],
    pins: new Map(),
    places: [place],
    at: { file: "images/payments/images.yaml", line: 1, column: 3 },
  };

  it("one artifact may not be described twice", () => {
    expect(codes(kpromo)).toEqual(["images/payments/images.yaml:1:3 duplicate-artifact"]);
    expect(codes({ ...kpromo, id: "payments/other" })).toEqual([]);
  });

  it("a tag is claimed by one of them only", () => {
    const [line] =
      readPromotions([{ path: API, text: HEAD + versions(`version: v1.0.0, ${D2}`) }]).documents[0]
        ?.lines ?? [];
    if (line === undefined) throw new Error("no line");
    const other = { ...line, at: { ...kpromo.at, line: 7 } };
    const wants = [{ line: other, tags: ["v1.0.0"] }];
    expect(
      codes({ ...kpromo, id: "payments/other", lines: [other], places: [{ ...place, wants }] }),
    ).toEqual(["images/payments/images.yaml:7:3 tag-clash"]);
  });

  it("nobody's place is the other's source", () => {
    const source = "registry.oslo.example.com/platform/payments-dev/api" as Repository;
    expect(codes({ ...kpromo, id: "payments/other", source, places: [] })).toEqual([
      "images/payments/images.yaml:1:3 place-is-source",
    ]);
    const text = (HEAD + versions(`version: v1.0.0, ${D1}`)).replace(
      "registry.example.com/payments-staging/api",
      "registry.other.example.com/x",
    );
    const repository = "registry.other.example.com/x" as Repository;
    expect(
      codes({ ...kpromo, id: "payments/other", places: [{ ...place, repository }] }, text),
    ).toEqual([`${API}:7:36 place-is-source`]);
  });
});

describe("the order of files", () => {
  const channel = fc.constantFrom("dev", "test", "staging", "prod", "nowhere");
  const line = fc.record({
    version: fc.constantFrom("v1.0.0", "1.0.0", "v1.1.0-rc.1", "v2.0.0", "stable"),
    digest: fc.integer({ min: 1, max: 4 }),
    channels: fc.uniqueArray(channel, { maxLength: 3 }),
    state: fc.constantFrom("", ", state: deprecated", ", state: retired"),
  });
  const file = fc.record({
    name: fc.constantFrom("api", "web", "a/b", "worker", "db"),
    lines: fc.array(line, { maxLength: 4 }),
  });
  const tree = fc.uniqueArray(file, { maxLength: 5, selector: ({ name }) => name });

  it("changes nothing, neither state nor diagnostics", () => {
    fc.assert(
      fc.property(tree, fc.boolean(), fc.integer(), (found, shares, seed) => {
        const files: readonly SourceFile[] = withPolicies([
          ...found.map(({ name, lines }) => ({
            path: `promotions/payments/${name}.yaml`,
            text:
              headOf(name) +
              versions(
                ...lines.map(
                  (one) =>
                    `version: ${one.version}, digest: "${digest(one.digest)}", channels: [${one.channels.join(", ")}]${one.state}`,
                ),
              ),
          })),
          ...(shares
            ? [{ path: "policies/channels.yaml", text: CHANNELS.replaceAll("{name}", "all") }]
            : []),
        ]);
        const shuffled = files.toSorted((a, b) => mix(a.path, seed) - mix(b.path, seed));
        const [one, other] = [check(files), check(shuffled)];
        expect(other.desired).toEqual(one.desired);
        expect(sortDiagnostics(other.diagnostics)).toEqual(sortDiagnostics(one.diagnostics));
      }),
      { numRuns: 100 },
    );
  });
});

/** A number that depends on a text and a seed only, to shuffle by. */
function mix(text: string, seed: number): number {
  let value = seed | 1;
  for (const character of text)
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619);
  return value;
}
