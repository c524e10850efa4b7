import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPolicies, readPromotions } from "#desired";
import { isDigest, isName, isProject, isTag, isVersion, isWord, KINDS } from "#model";
import channels from "../../schemas/channels.v1.json" with { type: "json" };
import owners from "../../schemas/owners.v1.json" with { type: "json" };
import promotion from "../../schemas/promotion.v1.json" with { type: "json" };
import registries from "../../schemas/registries.v1.json" with { type: "json" };
import revocations from "../../schemas/revocations.v1.json" with { type: "json" };
import sites from "../../schemas/sites.v1.json" with { type: "json" };
import trust from "../../schemas/trust.v1.json" with { type: "json" };
import { renderFormats } from "../../scripts/format-docs.ts";
import { SCHEMAS } from "../../src/desired/schema/schemas.ts";
import { SOURCE_TYPES } from "../../src/desired/documents/promotion.ts";
import { API, check, digest, POLICIES, withPolicies } from "../support/promotions.ts";
import { CHANNELS_RIGHTS, OWNERS } from "../support/owners-files.ts";
import { CHANNELS_TRUST, REVOCATIONS, TRUST } from "../support/trust-files.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A promotion file that uses every key of its schema. */
const WHOLE = `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com/payments-staging/api }
  runtimeClass: gvisor
  owner: team-payments
  description: Takes payments
versions:
  - { version: v1.5.0-rc.2, digest: "${digest(0x9a)}", channels: [dev, test, staging] }
  - { version: v1.4.2, digest: "${digest(0x5c)}", from: v1.4.2-rc.3, channels: [staging, prod] }
  - { version: v1.4.2-rc.3, digest: "${digest(0x5c)}", channels: [dev, test, staging] }
  - { version: v1.4.1, digest: "${digest(0x41)}", channels: [staging, { channel: prod, environment: eu, sites: [oslo] }] }
  - { version: v1.3.9, digest: "${digest(0x07)}", state: deprecated, reason: superseded by v1.4.1, channels: [prod] }
  - { version: v1.3.0, digest: "${digest(0xc2)}", state: retired, reason: out of support }
pins: { prod: { "1.4": v1.4.2, stable: { version: v1.4.1, reason: "INC-812", until: 2026-12-01T00:00:00Z } } }
`;

const CHANNELS_WHOLE = `${POLICIES[1]?.text ?? ""}${CHANNELS_TRUST}${CHANNELS_RIGHTS}  kpromo: { after: [dev], samePullRequest: true }\n`;
const SITES_WHOLE = (POLICIES[0]?.text ?? "").replace(
  '"s3://oslo-artifacts"',
  '"s3://oslo-artifacts", s3: "s3://oslo-images"',
);
const REGISTRIES_WHOLE = (POLICIES[2]?.text ?? "").replace(
  '  "*-docker',
  '    maxManifestBytes: 8388608\n  plain.example.com: { plainHttp: true }\n  "*-docker',
);

const FILES = [
  { kind: "Promotion", path: API, text: WHOLE, schema: promotion },
  { kind: "Sites", path: "policies/sites.yaml", text: SITES_WHOLE, schema: sites },
  { kind: "Channels", path: "policies/channels.yaml", text: CHANNELS_WHOLE, schema: channels },
  {
    kind: "Registries",
    path: "policies/registries.yaml",
    text: REGISTRIES_WHOLE,
    schema: registries,
  },
  { kind: "Trust", path: "policies/trust.yaml", text: TRUST, schema: trust },
  {
    kind: "Revocations",
    path: "policies/revocations.yaml",
    text: REVOCATIONS,
    schema: revocations,
  },
  { kind: "Owners", path: "policies/owners.yaml", text: OWNERS, schema: owners },
] as const;

describe("the schemas", () => {
  it("002-60 accept representative files; there is one version of each as yet, so none before it", () => {
    expect(readdirSync("schemas").toSorted()).toEqual(
      FILES.map(({ kind }) => `${kind.toLowerCase()}.v1.json`).toSorted(),
    );
    expect(check(FILES.map(({ path, text }) => ({ path, text }))).diagnostics).toEqual([]);
  });

  it("are valid and free of what a validator would pass over", () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    for (const { schema } of FILES) expect(() => ajv.compile(schema)).not.toThrow();
  });

  it("004-11 say of every key what it is", () => {
    for (const { schema } of FILES) {
      expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
      for (const [path, key] of keysOf(schema)) {
        expect([path, typeof key["description"], typeof key["title"]]).toEqual([
          path,
          "string",
          "string",
        ]);
      }
    }
  });

  it.for(FILES.map((file) => [file.kind, file] as const))(
    "the whole %s file uses every key",
    ([, { schema, text }]) => {
      const unused = keysOf(schema).filter(
        ([path]) => !new RegExp(`\\b${path.split(".").at(-1)}:`).test(text),
      );
      expect(unused.map(([path]) => path)).toEqual([]);
    },
  );

  it("docs/formats.md is what they say (npm run docs:formats)", () => {
    expect(readFileSync("docs/formats.md", "utf8")).toBe(renderFormats());
  });

  it("know the kinds and source types that the model knows", () => {
    expect(promotion.$defs.artifact.properties.kind.enum).toEqual(KINDS);
    expect(promotion.$defs.source.properties.type.enum).toEqual(SOURCE_TYPES);
    expect(Object.keys(sites.$defs.site.properties.stores.properties)).toEqual(SOURCE_TYPES);
    expect(Object.keys(SCHEMAS)).toEqual(FILES.map(({ kind }) => kind));
  });
});

describe("the patterns of the schemas are the grammar of the model", () => {
  const words = fc.oneof(
    fc.string({
      unit: fc.constantFrom("a", "Z", "0", ".", "_", "-", "/", "+", ":", " "),
      maxLength: 12,
    }),
    fc.string({
      unit: fc.constantFrom("a", "0", "-", "_", ".", "/"),
      minLength: 60,
      maxLength: 140,
    }),
    fc.constantFrom(
      "localhost",
      "",
      "a".repeat(63),
      "a".repeat(64),
      "a".repeat(65),
      "a".repeat(128),
      "a".repeat(129),
    ),
  );
  const digests = fc
    .tuple(
      fc.constantFrom("sha256:", "sha512:", "md5:", ""),
      fc.constantFrom(63, 64, 65, 128),
      fc.constantFrom("a", "0", "A", "g"),
    )
    .map(([algorithm, length, digit]) => algorithm + digit.repeat(length));

  it.for([
    ["project", promotion.$defs.project, isProject, words],
    ["name", promotion.$defs.name, isName, words],
    ["version", promotion.$defs.version, isVersion, words],
    ["pin", promotion.$defs.pin, isVersion, words],
    ["tag", promotion.$defs.tag, isTag, words],
    ["word", promotion.$defs.word, isWord, words],
    ["channelUse", promotion.$defs.channelUse, isWord, words],
    ["site", sites.$defs.word, isWord, words],
    ["channel", channels.$defs.word, isWord, words],
    ["rule", trust.$defs.word, isWord, words],
    ["digest", promotion.$defs.digest, isDigest, digests],
    ["revoked digest", revocations.$defs.digest, isDigest, digests],
  ] as const)("%s", ([, definition, isValid, texts]) => {
    const schema: Schema = definition;
    const pattern = new RegExp(String(schema["pattern"]), "u");
    const longest = Number(schema["maxLength"] ?? Infinity);
    fc.assert(
      fc.property(texts, (text) => {
        expect(pattern.test(text) && text.length <= longest).toBe(isValid(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("003-16 003-23 typed documents", () => {
  it("hold all that a promotion file says", () => {
    const { documents } = readPromotions([{ path: API, text: WHOLE }]);
    expect(documents).toHaveLength(1);
    expect(documents[0]).toMatchObject({
      id: "payments/api",
      project: "payments",
      name: "api",
      artifact: {
        kind: "container-image",
        sourceType: "oci",
        source: "registry.example.com/payments-staging/api",
        runtimeClass: "gvisor",
        owner: "team-payments",
        description: "Takes payments",
      },
      at: { file: API, line: 1, column: 1 },
    });
    expect(
      documents[0]?.lines.map(({ at, ...line }) => ({
        ...line,
        line: at.line,
        channels: line.channels.map(({ channel, environment, sites }) => ({
          channel,
          environment,
          sites,
        })),
      })),
    ).toEqual([
      lineOf(12, "v1.5.0-rc.2", 0x9a, ["dev", "test", "staging"]),
      { ...lineOf(13, "v1.4.2", 0x5c, ["staging", "prod"]), from: "v1.4.2-rc.3" },
      lineOf(14, "v1.4.2-rc.3", 0x5c, ["dev", "test", "staging"]),
      {
        ...lineOf(15, "v1.4.1", 0x41, ["staging"]),
        channels: [
          { channel: "staging", environment: undefined, sites: undefined },
          { channel: "prod", environment: "eu", sites: ["oslo"] },
        ],
      },
      {
        ...lineOf(16, "v1.3.9", 0x07, ["prod"]),
        state: "deprecated",
        reason: "superseded by v1.4.1",
      },
      { ...lineOf(17, "v1.3.0", 0xc2, []), state: "retired", reason: "out of support" },
    ]);
    const prod = documents[0]?.pins.get("prod");
    expect(prod?.get("1.4")).toMatchObject({
      version: "v1.4.2",
      reason: undefined,
      until: undefined,
    });
    expect(prod?.get("stable")).toMatchObject({
      version: "v1.4.1",
      reason: "INC-812",
      until: "2026-12-01T00:00:00Z",
      at: { line: 18, column: 51 },
    });
  });

  it("hold all that the policy files say", () => {
    const { policies, diagnostics } = readPolicies(FILES.map(({ path, text }) => ({ path, text })));
    expect(diagnostics).toEqual([]);
    expect(policies.sites?.sites.get("oslo")).toMatchObject({
      environment: "eu",
      stores: new Map([
        ["oci", "registry.oslo.example.com/platform"],
        ["file", "s3://oslo-artifacts"],
        ["s3", "s3://oslo-images"],
      ]),
      at: { line: 4, column: 3 },
    });
    expect(policies.channels?.channels.get("prod")).toMatchObject({
      name: "prod",
      to: "{project}/{name}",
      after: ["staging"],
      samePullRequest: false,
      require: ["oslo"],
      bestEffort: ["bergen"],
      quorum: 1,
      immutable: ["{version}"],
      moving: new Map([
        ["stable", "newest-stable"],
        ["latest", "newest-stable"],
        ["candidate", "newest-prerelease"],
        ["{major}.{minor}", "newest-in-line"],
        ["v{major}", "newest-in-line"],
      ]),
    });
    expect(policies.channels?.channels.get("kpromo")).toMatchObject({
      to: undefined,
      after: ["dev"],
      samePullRequest: true,
    });
    expect(policies.registries?.hosts).toEqual([
      {
        match: "registry.oslo.example.com",
        endpoint: "https://mirror.internal:5000/cache",
        plainHttp: false,
        caFile: "policies/ca.pem",
        maxConcurrency: 16,
        requestsPerSecond: 50,
        product: "harbor",
        maxManifestBytes: 8388608,
        capabilities: { delete: "digest", untag: false, referrers: true },
        blobRedirectHosts: ["s3.internal"],
        tokenHosts: ["auth.internal"],
      },
      { ...NO_SETTINGS, match: "plain.example.com", plainHttp: true },
      { ...NO_SETTINGS, match: "*-docker.pkg.dev", requestsPerSecond: 80 },
    ]);
  });

  it("hold the default quorum and the defaults of a channel", () => {
    const { policies } = readPolicies(POLICIES);
    expect(policies.channels?.channels.get("dev")).toMatchObject({
      quorum: 1,
      immutable: ["{version}"],
      moving: new Map(),
      bestEffort: [],
    });
  });
});

const NO_SETTINGS = {
  endpoint: undefined,
  plainHttp: false,
  caFile: undefined,
  maxConcurrency: undefined,
  requestsPerSecond: undefined,
  product: undefined,
  maxManifestBytes: undefined,
  capabilities: {},
  blobRedirectHosts: undefined,
  tokenHosts: [],
};

function lineOf(line: number, version: string, number: number, names: readonly string[]): object {
  return {
    version,
    digest: digest(number),
    state: undefined,
    reason: undefined,
    from: undefined,
    channels: names.map((channel) => ({ channel, environment: undefined, sites: undefined })),
    line,
  };
}

/** Every property of a schema by its path, with what it refers to. */
function keysOf(root: Schema): readonly (readonly [path: string, key: Schema])[] {
  function walk(schema: unknown, path: string): readonly (readonly [string, Schema])[] {
    if (!isSchema(schema)) return [];
    const properties = isSchema(schema["properties"]) ? Object.entries(schema["properties"]) : [];
    const own = properties.flatMap(([name, value]) => {
      const at = path === "" ? name : `${path}.${name}`;
      return isSchema(value) ? [[at, resolved(root, value)] as const, ...walk(value, at)] : [];
    });
    return [...own, ...walk(schema["items"], path), ...walk(schema["additionalProperties"], path)];
  }
  const definitions = isSchema(root["$defs"]) ? Object.entries(root["$defs"]) : [];
  return [...walk(root, ""), ...definitions.flatMap(([name, value]) => walk(value, name))];
}

function resolved(root: Schema, schema: Schema): Schema {
  const reference = schema["$ref"];
  const name = typeof reference === "string" ? (reference.split("/").at(-1) ?? "") : "";
  const definition = isSchema(root["$defs"]) ? root["$defs"][name] : undefined;
  return isSchema(definition) ? { ...definition, ...schema } : schema;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

describe("the example of the contract", () => {
  it("000-03 000-05 validates as it stands and resolves to its channels' places", () => {
    const { desired, diagnostics } = check(withPolicies([{ path: API, text: WHOLE }]));
    expect(diagnostics).toEqual([]);
    const prod = desired.artifacts[0]?.places.find(
      ({ channel, site }) => channel === "prod" && site === "oslo",
    );
    expect(prod?.wants.map(({ line }) => line.version)).toEqual(["v1.4.2", "v1.4.1", "v1.3.9"]);
    expect(prod?.leaves.map(({ line }) => line.version)).toEqual([
      "v1.5.0-rc.2",
      "v1.4.2-rc.3",
      "v1.3.0",
    ]);
  });
});
