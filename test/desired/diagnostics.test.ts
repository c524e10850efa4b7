import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SourceFile } from "#desired";
import {
  API,
  check,
  CHANNELS,
  digest,
  HEAD,
  headOf,
  REGISTRIES,
  SITES,
  spot,
  unmark,
  versions,
  withPolicies,
} from "../support/promotions.ts";
import { OWNERS_CODES } from "./owners-codes.ts";
import { TRUST_CODES } from "./trust-codes.ts";

const D1 = `digest: "${digest(1)}"`;
const D2 = `digest: "${digest(2)}"`;
const ONE = versions(`version: v1.0.0, ${D1}, channels: [dev]`);

/** A row: the code, a file with a mark `¦` at each place where it must be told, and what stands beside the file. */
interface Row {
  readonly code: string;
  readonly text: string;
  readonly path?: string;
  readonly beside?: readonly SourceFile[];
  readonly restrictPaths?: true;
}

function row(code: string, text: string, more: Partial<Row> = {}): Row {
  return { code, text, ...more };
}

function sites(code: string, text: string): Row {
  return row(code, text, { path: "policies/sites.yaml" });
}

function channels(code: string, text: string): Row {
  return row(code, text, { path: "policies/channels.yaml" });
}

function registries(code: string, text: string): Row {
  return row(code, text, { path: "policies/registries.yaml" });
}

function line(rest: string): string {
  return HEAD + versions(rest);
}

const YAML: readonly Row[] = [
  row("file-too-large", `¦${HEAD}${ONE}#${"x".repeat(1024 * 1024)}`),
  row("yaml-syntax", `${HEAD}versions: [\n¦pins: {}\n`),
  row("yaml-syntax", `${HEAD}¦\tversions: []\n`),
  row("yaml-too-deep", `${HEAD}versions: ${"[".repeat(31)}¦[${"]".repeat(32)}\n`),
  row("yaml-alias", `${HEAD}versions: &all []\npins: ¦*all\n`),
  row("yaml-merge-key", `${HEAD}${ONE}pins: { ¦<<: {} }\n`),
  row("yaml-tag", line(`version: !!str ¦v1.0.0, ${D1}`)),
  row("yaml-tag", `${HEAD}${ONE}!!str ¦pins: {}\n`),
  row("yaml-version", `¦%YAML 1.1\n---\n${HEAD}${ONE}`),
  row("yaml-several-documents", `${HEAD}${ONE}¦---\nkind: Promotion\n`),
  row(
    "yaml-key-not-string",
    `${line(`version: v1.4.0, ${D1}, channels: [prod]`)}pins: { prod: { ¦1.4: v1.4.0 } }\n`,
  ),
  row("yaml-key-not-string", `${HEAD}${ONE}? ¦[pins]\n: {}\n`),
  row("duplicate-key", `${HEAD}${ONE}¦name: api\n`),
];

const FORM: readonly Row[] = [
  row("empty-file", "¦"),
  row("empty-file", "¦# nothing yet\n"),
  row("wrong-type", "¦- a list\n"),
  row("api-version", (HEAD + ONE).replace("waybill.dev/v1", "¦waybill.dev/v2")),
  row("file-kind", (HEAD + ONE).replace("Promotion", "¦Promotions")),
  row("unknown-key", `${HEAD}${ONE}¦version: []\n`),
  row("unknown-key", line(`version: v1.0.0, ${D1}, ¦chanels: [dev]`)),
  row("unknown-key", line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, ¦site: [oslo] }]`)),
  row("missing-key", `¦${(HEAD + ONE).replace("name: api\n", "")}`),
  row(
    "missing-key",
    (HEAD + ONE).replace("artifact:", "¦artifact:").replace("  kind: container-image\n", ""),
  ),
  row("missing-key", (HEAD + ONE).replace("source: {", "¦source: {").replace("type: oci, ", "")),
  row("missing-key", `${HEAD}versions:\n  - ¦{ version: v1.0.0 }\n`),
  row("wrong-type", `${HEAD}versions: ¦{}\n`),
  row("wrong-type", `${HEAD}versions: ¦\n`),
  row("wrong-type", line(`version: v1.0.0, ${D1}, channels: ¦dev`)),
  row("wrong-type", line(`version: v1.0.0, ${D1}, channels: [¦1]`)),
  row("wrong-type", line(`version: v1.0.0, ${D1}, reason: ¦12`)),
  row("value-not-allowed", (HEAD + ONE).replace("container-image", "¦container")),
  row("value-not-allowed", (HEAD + ONE).replace("type: oci", "type: ¦registry")),
  row("value-not-allowed", line(`version: v1.0.0, ${D1}, state: ¦retire`)),
  row("project-form", (HEAD + ONE).replace("project: payments", "¦project: Payments"), {
    path: "promotions/Payments/api.yaml",
  }),
  row("project-form", (HEAD + ONE).replace("project: payments", "¦project: localhost"), {
    path: "promotions/localhost/api.yaml",
  }),
  row("name-form", (HEAD + ONE).replace("name: api", "¦name: api/_x"), {
    path: "promotions/payments/api/_x.yaml",
  }),
  row("file-name", (HEAD + ONE).replace("project: payments", "¦project: billing")),
  row("file-name", (HEAD + ONE).replace("name: api", "¦name: api2")),
  row("version-not-string", line(`version: ¦1.10, ${D1}`)),
  row("version-not-string", line(`version: v1.0.0, ${D1}, from: ¦1`)),
  row("version-form", line(`version: ¦v1.0/x, ${D1}`)),
  row("version-form", `${HEAD}${ONE}pins: { prod: { stable: ¦v/1 } }\n`),
  row("digest-form", line(`version: v1.0.0, digest: ¦"${digest(1).toUpperCase()}"`)),
  row("word-form", line(`version: v1.0.0, ${D1}, channels: [¦Dev]`)),
  row("word-form", `${HEAD}${ONE}pins: { ¦Prod: {} }\n`),
  row("tag-form", `${HEAD}${ONE}pins: { dev: { ¦.x: v1.0.0 } }\n`),
  row(
    "wrong-form",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, environment: ¦"e u" }]`),
  ),
  row("too-few-items", line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, sites: ¦[] }]`)),
  row(
    "duplicate-item",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, sites: [oslo, ¦oslo] }]`),
  ),
  registries("out-of-range", REGISTRIES.replace("maxConcurrency: 16", "maxConcurrency: ¦0")),
  registries("host-form", REGISTRIES.replace('"*-docker.pkg.dev"', '¦"https://x.pkg.dev"')),
  registries("host-form", REGISTRIES.replace("[auth.internal]", "[¦auth.internal/token]")),
];

const VERSIONS: readonly Row[] = [
  row("duplicate-version", HEAD + versions(`version: v1.4.1, ${D1}`, `version: ¦v1.4.1, ${D2}`)),
  row("duplicate-version", HEAD + versions(`version: v1.4.1, ${D1}`, `version: ¦1.4.1, ${D2}`)),
  row(
    "duplicate-digest",
    HEAD + versions(`version: v1.1.0, ${D1}`, `version: v1.0.0, digest: ¦"${digest(1)}"`),
  ),
  row("from-not-listed", line(`version: v1.0.0, ${D1}, from: ¦v1.0.0-rc.1`)),
  row(
    "from-other-digest",
    HEAD + versions(`version: v1.0.0, ${D1}, from: ¦v1.0.0-rc.1`, `version: v1.0.0-rc.1, ${D2}`),
  ),
  row("from-cycle", line(`version: v1.0.0, ${D1}, from: ¦v1.0.0`)),
  row("from-cycle", HEAD + versions(`version: a, ${D1}, from: ¦b`, `version: b, ${D1}, from: a`)),
  row("duplicate-channel", line(`version: v1.0.0, ${D1}, channels: [dev, ¦dev]`)),
  row(
    "duplicate-channel",
    line(`version: v1.0.0, ${D1}, channels: [dev, { channel: ¦dev, environment: eu }]`),
  ),
  row("version-not-semver", line(`version: ¦release-1, ${D1}, channels: [prod]`)),
  row("version-not-semver", line(`version: ¦v1.4.0.1, ${D1}, channels: [prod]`)),
  row("candidate-form", line(`version: ¦v1.4.0-rc1, ${D1}, channels: [prod]`)),
  row("candidate-form", line(`version: ¦v1.4.0-rc.1.2, ${D1}, channels: [prod]`)),
  row("candidate-form", line(`version: ¦v1.4.0-rc, ${D1}, channels: [prod]`)),
  row("version-is-moving-tag", line(`version: ¦stable, ${D1}, channels: [prod]`)),
  row("version-is-moving-tag", line(`version: ¦"1.4", ${D1}, channels: [prod]`)),
  row("tag-form", line(`version: ¦v1.0.0-${"x".repeat(121)}, ${D1}, channels: [dev]`), {
    beside: [
      {
        path: "policies/channels.yaml",
        text: CHANNELS.replace("dev: {", 'dev: { tags: { immutable: ["x-{version}"] },'),
      },
    ],
  }),
];

const PINS: readonly Row[] = [
  row("pin-not-listed", `${HEAD}${ONE}pins: { prod: { stable: ¦v1.4.0 } }\n`),
  row(
    "pin-retired",
    `${line(`version: v1.4.0, ${D1}, state: retired`)}pins: { prod: { stable: ¦v1.4.0 } }\n`,
  ),
  row("pin-not-in-channel", `${HEAD}${ONE}pins: { prod: { stable: { version: ¦v1.0.0 } } }\n`),
  row(
    "pin-not-moving",
    `${line(`version: v1.4.0, ${D1}, channels: [prod]`)}pins: { prod: { ¦stabel: v1.4.0 } }\n`,
  ),
  row("pin-not-moving", `${HEAD}${ONE}pins: { dev: { ¦stable: v1.0.0 } }\n`),
  row(
    "pin-out-of-line",
    `${line(`version: v1.4.0, ${D1}, channels: [prod]`)}pins: { prod: { "1.5": ¦v1.4.0 } }\n`,
  ),
  row("unknown-channel", `${HEAD}${ONE}pins: { ¦prd: {} }\n`),
  row(
    "wrong-form",
    `${line(`version: v1.4.0, ${D1}, channels: [prod]`)}pins: { prod: { stable: { version: v1.4.0, until: ¦tomorrow } } }\n`,
  ),
  row(
    "time-form",
    `${line(`version: v1.4.0, ${D1}, channels: [prod]`)}pins: { prod: { stable: { version: v1.4.0, until: ¦2026-13-01T00:00:00Z } } }\n`,
  ),
];

const ADDRESSES: readonly Row[] = [
  row("address-form", (HEAD + ONE).replace("registry.example", "¦https://registry.example")),
  row(
    "address-form",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", "¦payments/api"),
  ),
  row(
    "address-form",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", "¦registry.example.com"),
  ),
  row(
    "address-form",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", '¦"oci-layout:./x/blobs"'),
  ),
  row(
    "source-type-mismatch",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", '¦"s3://bucket/api"'),
  ),
  row(
    "source-type-mismatch",
    (HEAD + ONE).replace("type: oci, repository: ", "type: file, repository: ¦"),
  ),
  row(
    "path-outside-root",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", '¦"oci-layout:/srv/api"'),
    { restrictPaths: true },
  ),
  row(
    "path-outside-root",
    (HEAD + ONE).replace("registry.example.com/payments-staging/api", '¦"oci-layout:./a/../../b"'),
    { restrictPaths: true },
  ),
  {
    ...sites("path-outside-root", SITES.replace('"oci-layout:./var', '¦"oci-layout:../var')),
    restrictPaths: true,
  },
  {
    ...registries(
      "path-outside-root",
      REGISTRIES.replace("policies/ca.pem", "¦policies/../../ca.pem"),
    ),
    restrictPaths: true,
  },
  sites("address-form", SITES.replace("registry.bergen.example.com", "¦bergen")),
  registries(
    "credential-in-policy",
    REGISTRIES.replace('"https://mirror', '¦"https://me:secret@mirror'),
  ),
  registries(
    "plain-http-ignored",
    REGISTRIES.replace("    caFile", "    plainHttp: ¦true\n    caFile"),
  ),
  registries("wrong-form", REGISTRIES.replace('"https://mirror', '¦"ftp://mirror')),
];

const CHANNEL_RULES: readonly Row[] = [
  channels(
    "unknown-placeholder",
    CHANNELS.replace('"{project}-dev/{name}"', '¦"{projekt}-dev/{name}"'),
  ),
  channels("unknown-placeholder", CHANNELS.replace('["{version}"]', '["{version}", ¦"{commit}"]')),
  channels("unknown-placeholder", CHANNELS.replace('"v{major}"', '¦"v{majr}"')),
  channels("place-form", CHANNELS.replace('"{project}-dev/{name}"', '¦"/{project}/{name}"')),
  channels("place-form", CHANNELS.replace('"{project}-dev/{name}"', '¦"../{project}/{name}"')),
  channels("tag-form", CHANNELS.replace('["{version}"]', '["{version}", ¦"a b"]')),
  channels("moving-tag-form", CHANNELS.replace('"v{major}"', '¦"v{minor}"')),
  channels(
    "moving-tag-form",
    CHANNELS.replace("stable: newest-stable", '¦"s-{major}": newest-stable'),
  ),
  channels("moving-tag-form", CHANNELS.replace('"v{major}"', "¦line")),
  channels("unknown-channel", CHANNELS.replace("after: [staging]", "after: [¦stagin]")),
  channels(
    "after-cycle",
    CHANNELS.replace("dev: {", "dev: { after: [test],").replace("after: [dev],", "after: [¦dev],"),
  ),
  channels("after-cycle", CHANNELS.replace("after: [staging]", "after: [staging, ¦prod]")),
  channels("site-twice", CHANNELS.replace("bestEffort: [bergen]", "bestEffort: [bergen, ¦oslo]")),
  channels("quorum-too-large", CHANNELS.replace("quorum: 1", "quorum: ¦3")),
  channels(
    "channel-without-sites",
    CHANNELS.replace('{name}", sites: { require: [oslo] } }', '{name}", ¦sites: {} }'),
  ),
  channels("unknown-site", CHANNELS.replace("bestEffort: [bergen]", "bestEffort: [¦bergn]")),
  channels("missing-key", CHANNELS.replace('dev: { to: "{project}-dev/{name}",', "¦dev: {")),
  channels(
    "too-many-items",
    CHANNELS.replace(
      "after: [dev],",
      `after: ¦[${Array.from({ length: 101 }, (_, n) => (n === 0 ? "dev" : `dev${n}`)).join(", ")}],`,
    ).replace(
      "channels:\n",
      `channels:\n${Array.from({ length: 100 }, (_, n) => `  dev${n + 1}: { to: "d${n}/{name}", sites: { require: [oslo] } }\n`).join("")}`,
    ),
  ),
];

const ACROSS: readonly Row[] = [
  row("unknown-channel", line(`version: v1.0.0, ${D1}, channels: [¦prodd]`)),
  row("unknown-channel", line(`version: v1.0.0, ${D1}, channels: [{ channel: ¦prodd }]`)),
  row("kpromo-channel", line(`version: v1.0.0, ${D1}, channels: [¦kpromo]`), {
    beside: [{ path: "policies/channels.yaml", text: `${CHANNELS}  kpromo: {}\n` }],
  }),
  row(
    "unknown-site",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, sites: [oslo, ¦olso] }]`),
  ),
  row(
    "site-not-in-channel",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: dev, sites: [oslo, ¦bergen] }]`),
  ),
  row(
    "unknown-environment",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: prod, environment: ¦us }]`),
  ),
  row(
    "required-site-left-out",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: ¦prod, environment: no }]`),
  ),
  row(
    "required-site-left-out",
    line(`version: v1.0.0, ${D1}, channels: [{ channel: ¦prod, sites: [bergen] }]`),
  ),
  row(
    "site-without-store",
    line(`version: v1.0.0, ${D1}, channels: [¦prod]`).replace(
      "type: oci, repository: registry.example.com/payments-staging/api",
      'type: file, repository: "file:./api"',
    ),
  ),
  row(
    "place-is-source",
    (HEAD + ONE).replace(
      "registry.example.com/payments-staging/api",
      "¦registry.oslo.example.com/platform/payments-dev/api",
    ),
  ),
  // One host by another of its names: the port that HTTPS has anyway, a case, Docker Hub's own aliases.
  ...["registry.oslo.example.com:443", "Registry.OSLO.example.com:443"].map((host) =>
    row(
      "place-is-source",
      (HEAD + ONE).replace(
        "registry.example.com/payments-staging/api",
        `¦${host}/platform/payments-dev/api`,
      ),
    ),
  ),
  ...["index.docker.io", "registry-1.docker.io:443", "Docker.IO"].map((host) =>
    row(
      "place-is-source",
      (HEAD + ONE).replace(
        "registry.example.com/payments-staging/api",
        `¦${host}/acme/payments-dev/api`,
      ),
      {
        beside: [
          {
            path: "policies/sites.yaml",
            text: SITES.replace("registry.oslo.example.com/platform", "docker.io/acme"),
          },
        ],
      },
    ),
  ),
  row("tag-clash", `${HEAD}versions:\n  - ¦{ version: v1.0.0, ${D1}, channels: [dev] }\n`, {
    beside: [
      {
        path: "policies/sites.yaml",
        text: SITES.replace(
          "registry.bergen.example.com",
          "registry.oslo.example.com:443/platform",
        ),
      },
      {
        path: "policies/channels.yaml",
        text: CHANNELS.replace("{project}-test/{name}", "{project}-dev/api").replace(
          "after: [dev], samePullRequest: true, sites: { require: [oslo] }",
          "after: [dev], samePullRequest: true, sites: { require: [bergen] }",
        ),
      },
      {
        path: "promotions/payments/aaa.yaml",
        text: headOf("aaa") + versions(`version: v1.0.0, ${D2}, channels: [test]`),
      },
    ],
  }),
  row(
    "place-is-source",
    (HEAD + ONE).replace(
      "registry.example.com/payments-staging/api",
      "¦registry.oslo.example.com/platform/payments/web",
    ),
    {
      beside: [{ path: "promotions/payments/web.yaml", text: `${headOf("web")}versions: []\n` }],
    },
  ),
  row("place-form", `${HEAD.replace("name: api", "¦name: api/blobs")}${ONE}`, {
    path: "promotions/payments/api/blobs.yaml",
    beside: [{ path: "policies/channels.yaml", text: CHANNELS.replace("[oslo]", "[bench]") }],
  }),
  row(
    "tag-clash",
    `${HEAD}versions:\n  - { version: v1.0.0+b, ${D1}, channels: [dev] }\n  - ¦{ version: v1.0.0_b, ${D2}, channels: [dev] }\n`,
  ),
  row(
    "tag-clash",
    `${HEAD}versions:\n  - { version: v1.0.0, ${D1}, channels: [prod] }\n  - ¦{ version: v1.0.0-rc.1, ${D2}, channels: [prod] }\n`,
    {
      beside: [
        {
          path: "policies/channels.yaml",
          text: CHANNELS.replace('["{version}"]', '["{version}", "{major}.{minor}.{patch}"]'),
        },
      ],
    },
  ),
  row("tag-clash", `${HEAD}versions:\n  - ¦{ version: v1.0.0, ${D1}, channels: [dev] }\n`, {
    beside: [
      { path: "policies/channels.yaml", text: CHANNELS.replaceAll("{name}", "all") },
      {
        path: "promotions/payments/aaa.yaml",
        text: headOf("aaa") + versions(`version: v1.0.0, ${D2}, channels: [dev]`),
      },
    ],
  }),
  row(
    "tag-clash",
    `${HEAD}versions:\n  - { version: v1.0.0, ${D1}, channels: [prod] }\n  - ¦{ version: latest, ${D2}, channels: [test] }\n`,
    {
      beside: [
        {
          path: "policies/channels.yaml",
          text: CHANNELS.replace("{project}-test/{name}", "{project}/{name}"),
        },
      ],
    },
  ),
  row("tag-clash", `¦${line(`version: v1.0.0, ${D1}, channels: [prod]`)}`, {
    beside: [
      { path: "policies/channels.yaml", text: CHANNELS.replaceAll("{name}", "all") },
      {
        path: "promotions/payments/aaa.yaml",
        text: headOf("aaa") + versions(`version: v2.0.0, ${D2}, channels: [prod]`),
      },
    ],
  }),
];

const TREE: readonly Row[] = [
  row("file-not-read", `¦${HEAD}${ONE}`, { path: "promotions/api.yaml" }),
  row("file-not-read", `¦${HEAD}${ONE}`, { path: "promotions/payments/api.yml" }),
  row("file-not-read", "¦hosts: {}\n", { path: "policies/registry.yaml" }),
  row("policy-not-read", "¦kind: Retention\n", { path: "policies/retention.yaml" }),
  row("private-key", `${HEAD}${ONE}# ¦-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n`),
  row("private-key", "¦-----BEGIN PRIVATE KEY-----\n", { path: "policies/ca.pem" }),
  row("private-key", `# ¦AGE-SECRET-KEY-1${"Q".repeat(58)}\n`, { path: "policies/age.txt" }),
  row("private-key", "¦untrusted comment: minisign encrypted secret key\n", {
    path: "policies/key",
  }),
];

const ROWS = [
  ...YAML,
  ...FORM,
  ...VERSIONS,
  ...PINS,
  ...ADDRESSES,
  ...CHANNEL_RULES,
  ...ACROSS,
  ...TREE,
];

function filesOf(entry: Row): {
  readonly path: string;
  readonly marks: readonly string[];
  readonly files: readonly SourceFile[];
} {
  const path = entry.path ?? API;
  const { text, marks } = unmark(entry.text);
  return { path, marks, files: withPolicies([{ path, text }, ...(entry.beside ?? [])]) };
}

describe("004-11 a mistake in one file", () => {
  it.for(ROWS.map((entry) => [entry.code, entry] as const))(
    "is told as %s, exactly where it is, and nothing else is",
    ([, entry]) => {
      const { path, marks, files } = filesOf(entry);
      const { diagnostics } = check(files, { restrictPaths: entry.restrictPaths ?? false });
      expect(diagnostics.map(spot)).toEqual(marks.map((mark) => `${path}:${mark} ${entry.code}`));
      expect(marks).not.toEqual([]);
    },
  );

  it.for(ROWS.map((entry) => [entry.code, entry] as const))(
    "is told in our words, with a hint: %s",
    ([, entry]) => {
      for (const { message, hint } of check(filesOf(entry).files, { restrictPaths: true })
        .diagnostics) {
        expect(message).toMatch(/^\S.*[.)]$/);
        expect(hint).toMatch(/\S/);
        expect(message).not.toMatch(
          /must (?:be (?:string|object|array|equal)|have required|NOT|match)/,
        );
      }
    },
  );

  it("has a row for each code that the room can say", () => {
    const told = new Set([...ROWS.map(({ code }) => code), ...TOLD_ELSEWHERE]);
    expect(codesIn("src/desired").filter((code) => !told.has(code))).toEqual([]);
    expect([...told].filter((code) => !codesIn("src/desired").includes(code))).toEqual([]);
  });
});

/** Codes whose row stands in another test: against a base, of the whole tree, beside kpromo. */
const TOLD_ELSEWHERE = [
  ...TRUST_CODES,
  ...OWNERS_CODES,
  "base-unreadable",
  "digest-changed",
  "duplicate-artifact",
  "file-removed",
  "forget",
  "kind-changed",
  "line-removed",
  "state-went-back",
  "symlink-outside",
  "too-many-mistakes",
  "version-respelled",
];

/** Words with hyphens in the room's source that are no codes. */
const NO_CODES = new Set([
  "block-map",
  "block-seq",
  "comments-and-order",
  "flow-collection",
  "newest-in-line",
  "newest-prerelease",
  "newest-stable",
  "waybill-override",
]);

function codesIn(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const own = files.filter((path) => path.endsWith(".ts") && !/^(?:kpromo|edit)\b/.test(path));
  const words = own.flatMap((path) => [
    ...readFileSync(join(folder, path), "utf8").matchAll(/"([a-z]+(?:-[a-z0-9]+)+|forget)"/g),
  ]);
  return [...new Set(words.map((match) => match[1] ?? ""))]
    .filter((word) => !NO_CODES.has(word))
    .toSorted();
}

describe("a file with several mistakes", () => {
  it("002-35 004-11 is told all of them at once, each at its own place", () => {
    const { text, marks } = unmark(`apiVersion: waybill.dev/v1
kind: Promotion
¦project: Payments
name: api
artifact:
  kind: ¦image
  source: { type: oci, repository: registry.example.com/payments-staging/api }
  ¦onwer: me
versions:
  - { version: ¦1.10, ${D1} }
  - { version: v1.0.0, digest: ¦"sha256:abc" }
  - { version: ¦v2, ${D1}, channels: [prod] }
  - { version: v3.0.0, ${D2}, channels: [¦stagign] }
`);
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    const where = diagnostics.map(({ line, column }) => `${line}:${column}`);
    expect(where.filter((place) => place !== "3:1").toSorted()).toEqual(
      marks.filter((mark) => mark !== "3:1").toSorted(),
    );
    expect(diagnostics.filter(({ line }) => line === 3).map(({ code }) => code)).toContain(
      "project-form",
    );
  });

  it("is told the first 200 of them, and how many more there are", () => {
    const text = `${HEAD}${ONE}${"name: api\n".repeat(300)}`;
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics.map(spot).slice(199)).toEqual([
      `${API}:209:1 duplicate-key`,
      `${API}:210:1 too-many-mistakes`,
    ]);
    expect(diagnostics.at(-1)?.message).toBe("100 more mistakes from here on are not shown.");
  });
});

describe("a mistyped word", () => {
  it.for([
    ["unknown-key", line(`version: v1.0.0, ${D1}, chanels: [dev]`), 'did you mean "channels"?'],
    [
      "unknown-channel",
      line(`version: v1.0.0, ${D1}, channels: [stagign]`),
      'did you mean "staging"?',
    ],
    [
      "value-not-allowed",
      (HEAD + ONE).replace("container-image", "conatiner-image"),
      'did you mean "container-image"?',
    ],
    [
      "value-not-allowed",
      (HEAD + ONE).replace("container-image", "picture"),
      "take one of the values above",
    ],
    ["version-not-string", line(`version: 1.10, ${D1}`), 'quote it: "1.10"'],
  ] as const)("%s says what was meant", ([code, text, hint]) => {
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics.map((told) => [told.code, told.hint])).toEqual([[code, hint]]);
  });
});

describe("003-15 a digest that is not canonical", () => {
  const hex = "ab".repeat(32);
  it.for([
    [`sha256:${hex.toUpperCase()}`, `write it in lower case: "sha256:${hex}"`],
    [`SHA256:${hex}`, `write it in lower case: "sha256:${hex}"`],
    [`sha256:${hex.slice(1)}`, "it has 63 hex digits where sha256 has 64"],
    [`sha512:${hex}`, "it has 64 hex digits where sha512 has 128"],
    [hex, `the algorithm is missing: "sha256:${hex}"`],
    [`md5:${hex}`, '"md5" is no algorithm that is used here: take sha256 or sha512'],
    [`sha256:${hex.slice(2)}xy`, "after the colon stand hex digits only (0-9, a-f)"],
    ["sha256:ab…", "write all of the digest; it is cut short"],
    [
      `registry.example.com/a@sha256:${hex}`,
      "write only the digest, without the repository before the @",
    ],
    ["latest", "a tag or version is no digest: resolve it once with waybill register --tag"],
  ])("%s gets its own hint", ([text, hint]) => {
    const { diagnostics } = check(
      withPolicies([{ path: API, text: line(`version: v1.0.0, digest: "${text}"`) }]),
    );
    expect(diagnostics.map((told) => [told.code, told.hint])).toEqual([["digest-form", hint]]);
  });

  it("is not what sha512 in canonical form is", () => {
    const text = line(`version: v1.0.0, digest: "sha512:${hex}${hex}"`);
    expect(check(withPolicies([{ path: API, text }])).diagnostics).toEqual([]);
  });
});

describe("000-03 what is registered", () => {
  it.for([
    ["003-14 a digest", line("version: v1.0.0"), 'The key "digest" is missing in versions[0].'],
    [
      "003-16 a kind",
      (HEAD + ONE).replace("  kind: container-image\n", ""),
      'The key "kind" is missing in artifact.',
    ],
    [
      "003-16 a source type",
      (HEAD + ONE).replace("type: oci, ", ""),
      'The key "type" is missing in artifact.source.',
    ],
    [
      "a source",
      (HEAD + ONE).replace(/ {2}source: .*\n/, ""),
      'The key "source" is missing in artifact.',
    ],
    ["a version", line(D1), 'The key "version" is missing in versions[0].'],
  ] as const)("must name %s", ([, text, message]) => {
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics.map((told) => [told.code, told.message])).toEqual([
      ["missing-key", message],
    ]);
  });
});

describe("002-35 a version in a channel that computes tags", () => {
  it.for(["v1.4.2", "1.4.2", "v1.5.0-rc.2", "v1.5.0-beta.1", "v1.4.2+build.7"])(
    "may be %s",
    (version) => {
      const text = line(`version: "${version}", ${D1}, channels: [prod]`);
      expect(check(withPolicies([{ path: API, text }])).diagnostics).toEqual([]);
    },
  );

  it.for([
    ["v1.4", "version-not-semver"],
    ["v1", "version-is-moving-tag"],
    ["release-7", "version-not-semver"],
    ["v01.4.2", "version-not-semver"],
    ["v1.5.0-rc2", "candidate-form"],
    ["v1.5.0-RC.2", "candidate-form"],
    ["v1.5.0-rc.2.1", "candidate-form"],
  ] as const)("may not be %s", ([version, code]) => {
    const text = line(`version: "${version}", ${D1}, channels: [prod]`);
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics.map((told) => told.code)).toEqual([code]);
  });

  it("may be anything elsewhere", () => {
    const text = line(`version: release-7, ${D1}, channels: [dev]`);
    expect(check(withPolicies([{ path: API, text }])).diagnostics).toEqual([]);
  });
});

describe("003-06 a tag", () => {
  it("never stands for a digest: a line without one is refused", () => {
    const { diagnostics } = check(
      withPolicies([{ path: API, text: line("version: v1.0.0, channels: [dev]") }]),
    );
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ["missing-key", 'The key "digest" is missing in versions[0].'],
    ]);
  });

  it("is refused in a source", () => {
    const text = (HEAD + ONE).replace("staging/api }", "staging/api:latest }");
    const { diagnostics } = check(withPolicies([{ path: API, text }]));
    expect(diagnostics.map(({ code, hint }) => [code, hint])).toEqual([
      [
        "address-form",
        "name the repository alone, without tag and digest: digests stand in the version lines",
      ],
    ]);
  });
});

describe("where files lie", () => {
  it("a link out of the tree is refused and not read", () => {
    const files = withPolicies([{ path: API, text: "", symlink: "outside" }]);
    expect(check(files).diagnostics.map(spot)).toEqual([`${API}:1:1 symlink-outside`]);
    expect(check(files).desired.artifacts).toEqual([]);
  });

  it("a link within the tree is read", () => {
    const files = withPolicies([{ path: API, text: HEAD + ONE, symlink: "inside" }]);
    expect(check(files).diagnostics).toEqual([]);
    expect(check(files).desired.artifacts.map(({ id }) => id)).toEqual(["payments/api"]);
  });

  it.for([
    "promotions/README.md",
    "promotions/payments/OWNERS",
    "policies/trust/root.json",
    "policies/ca.pem",
  ])("%s is nobody's business", (path) => {
    expect(check(withPolicies([{ path, text: "x" }])).diagnostics).toEqual([]);
  });

  it("absolute paths and paths that leave the root are fine where nobody asked to refuse them", () => {
    const text = (HEAD + ONE).replace(
      "registry.example.com/payments-staging/api",
      '"oci-layout:../api"',
    );
    expect(check(withPolicies([{ path: API, text }])).diagnostics).toEqual([]);
  });
});
