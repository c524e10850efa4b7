import { describe, expect, it } from "vitest";
import type { Edit } from "../../../src/desired/edit/edit.ts";
import { deprecateVersion, retireVersion } from "../../../src/desired/edit/end-version.ts";
import { liftPins } from "../../../src/desired/edit/lift-pins.ts";
import { newPromotion } from "../../../src/desired/edit/new-promotion.ts";
import { pinTags } from "../../../src/desired/edit/pin-tags.ts";
import { promoteVersion } from "../../../src/desired/edit/promote-version.ts";
import { registerVersion } from "../../../src/desired/edit/register-version.ts";
import { CHANNELS, digestOf, fileOf } from "./documents.ts";

const ONE = digestOf(1);
const TWO = digestOf(2);
const NEW = digestOf(3);

/** Two lines in braces with comments, as contract §2 has them. */
const BRACES = `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact:
  kind: container-image
  source: { type: oci, repository: registry.example.com/payments-staging/api }
versions:
  # newest first
  - { version: v1.1.0, digest: "${TWO}", channels: [dev, prod] } # live
  - { version: v1.0.0, digest: "${ONE}", channels: [staging, { channel: prod, environment: eu }] }
# the end
`;

const BLOCK = `versions:
- version: 'v1.0.0'
  digest: ${ONE}
  channels:
    - dev   # first

- version: 'v1.1.0'
  digest: ${TWO}
`;

const JSON_LIKE = `{ "versions": [
    { "version": "v1.0.0", "digest": "${ONE}" }
  ],
  "pins": {}
}
`;

/** The lines that an edit takes away (-) and puts in (+), where it did not move anything else. */
function diff(before: string, edit: Edit): readonly string[] {
  if (edit.kind === "same") return [];
  if (edit.kind === "refused")
    return [`${edit.diagnostic.line}:${edit.diagnostic.column} ${edit.diagnostic.code}`];
  const [old, now] = [before.split("\n"), edit.text.split("\n")];
  let head = 0;
  while (head < old.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail))
    tail += 1;
  return [
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
  ];
}

function register(
  text: string,
  version: string,
  more: { from?: string; digest?: string } = {},
): readonly string[] {
  return diff(text, registerVersion(fileOf(text), { version, digest: NEW, ...more }));
}

function promote(text: string, version: string, ...channels: readonly string[]): readonly string[] {
  return diff(text, promoteVersion(fileOf(text), { version, channels, order: CHANNELS }));
}

describe("register", () => {
  it("begins a file in the form of the contract, with the schema for editors", () => {
    const text = newPromotion({
      project: "payments",
      name: "tools/cli",
      kind: "binary",
      source: { type: "oci", repository: "oci-layout:./images/cli" },
      version: "1.10",
      digest: ONE,
    });
    expect(text).toBe(`# yaml-language-server: $schema=../../../schemas/promotion.v1.json
apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: tools/cli
artifact:
  kind: binary
  source: { type: oci, repository: oci-layout:./images/cli }
versions:
  - { version: "1.10", digest: "${ONE}" }
`);
  });

  it.for([
    [
      "newest first, under a comment about the list",
      BRACES,
      "v1.2.0",
      [`+  - { version: v1.2.0, digest: "${NEW}" }`],
    ],
    [
      "in a line of its own layout, with the blank line",
      BLOCK,
      "v1.2.0",
      ["+- version: 'v1.2.0'", `+  digest: ${NEW}`, "+"],
    ],
    [
      "behind a comma",
      JSON_LIKE,
      "v1.2.0",
      [
        `-    { "version": "v1.0.0", "digest": "${ONE}" }`,
        `+    { "version": "v1.2.0", "digest": "${NEW}" },`,
        `+    { "version": "v1.0.0", "digest": "${ONE}" }`,
      ].slice(1, 2),
    ],
    [
      "into an empty list",
      "versions: []\nname: a\n",
      "v1",
      ["-versions: []", "+versions:", `+  - { version: v1, digest: "${NEW}" }`],
    ],
    [
      "under a key without a value",
      "versions: # all\nname: a\n",
      "v1",
      [`+  - { version: v1, digest: "${NEW}" }`],
    ],
    [
      "under a key with a null",
      "versions: ~\nname: a\n",
      "v1",
      ["-versions: ~", "+versions:", `+  - { version: v1, digest: "${NEW}" }`],
    ],
    [
      "where there is no list",
      "name: a\n",
      "v1",
      ["+versions:", `+  - { version: v1, digest: "${NEW}" }`],
    ],
    [
      "into an empty list in braces",
      "{ versions: [] }\n",
      "v1",
      ["-{ versions: [] }", `+{ versions: [{ version: v1, digest: "${NEW}" }] }`],
    ],
    [
      "into braces without a list",
      "{ name: a }\n",
      "v1",
      ["-{ name: a }", `+{ name: a, versions: [{ version: v1, digest: "${NEW}" }] }`],
    ],
    [
      "quoted where the bare word would be a number",
      BRACES,
      "1.20",
      [`+  - { version: "1.20", digest: "${NEW}" }`],
    ],
  ] as const)("004-11 writes a version %s", ([, text, version, expected]) => {
    expect(register(text, version)).toEqual(expected);
  });

  it.for([
    ["falling", ["v3.0.0", "v1.0.0"], "v2.0.0", 1],
    ["falling, the oldest", ["v3.0.0", "v1.0.0"], "v0.1.0", 2],
    ["falling, a release above its candidate", ["v2.0.0-rc.1", "v1.0.0"], "v2.0.0", 0],
    ["falling, the same number again", ["v2.0.0", "v1.0.0"], "v1.0.0+b", 1],
    ["rising", ["v1.0.0", "v3.0.0"], "v2.0.0", 1],
    ["rising, the newest", ["v1.0.0", "v3.0.0"], "v4.0.0", 2],
    ["mostly rising", ["v1.0.0", "v3.0.0", "v2.0.0", "v4.0.0"], "v2.5.0", 4],
    ["mostly falling", ["v4.0.0", "v2.0.0", "v3.0.0", "v1.0.0"], "v2.5.0", 0],
    ["dates that rise", ["2026-01-01", "2026-02-01"], "2026-03-01", 2],
    ["rising words and a number", ["a", "b"], "v1.0.0", 2],
    ["one that is newer", ["v1.0.0"], "v2.0.0", 0],
    ["one that is older", ["v2.0.0"], "v1.0.0", 1],
  ] as const)("puts it where the file's order has it: %s", ([, versions, added, index]) => {
    const text = `versions:\n${versions.map((version, at) => `  - { version: ${version}, digest: "${digestOf(at + 10)}" }\n`).join("")}`;
    const edit = registerVersion(fileOf(text), { version: added, digest: NEW });
    const lines = edit.kind === "changed" ? edit.text.split("\n") : [];
    expect(lines.findIndex((line) => line.includes(`version: ${added},`)) - 1).toBe(index);
  });

  it("leaves a comment with the item that it is about, where items have such comments", () => {
    const text = `versions:\n  # the second\n  - { version: v2.0.0, digest: "${TWO}" }\n  # the first\n  - { version: v1.0.0, digest: "${ONE}" }\n`;
    const edit = registerVersion(fileOf(text), { version: "v3.0.0", digest: NEW });
    expect(edit).toEqual({
      kind: "changed",
      text: text.replace("versions:\n", `versions:\n  - { version: v3.0.0, digest: "${NEW}" }\n`),
    });
  });

  it("writes from for a release of a listed digest", () => {
    expect(register(BRACES, "v1.1.1", { from: "1.1.0", digest: TWO })).toEqual([
      `+  - { version: v1.1.1, digest: "${TWO}", from: 1.1.0 }`,
    ]);
    expect(register(BLOCK, "v1.1.1", { from: "v1.1.0", digest: TWO })).toEqual([
      "+- version: 'v1.1.1'",
      `+  digest: ${TWO}`,
      "+  from: 'v1.1.0'",
      "+",
    ]);
  });

  it("has nothing to do for a version that stands there, however it is spelled", () => {
    expect(register(BRACES, "1.1.0", { digest: TWO })).toEqual([]);
  });

  it.for([
    ["003-14 another digest for a version", "v1.1.0", {}, ["10:5 digest-changed"]],
    ["a second version for a digest", "v2.0.0", { digest: ONE }, ["11:5 duplicate-digest"]],
    ["a release of another digest", "v2.0.0", { from: "v1.0.0" }, ["11:5 from-other-digest"]],
    ["a release of what is not listed", "v2.0.0", { from: "v0.9.0" }, ["1:1 from-not-listed"]],
  ] as const)("refuses %s", ([, version, more, expected]) => {
    expect(register(BRACES, version, more)).toEqual(expected);
  });

  it("refuses another kind and another source, and takes the ones that the file says", () => {
    const source = {
      type: "oci",
      repository: "registry.example.com/payments-staging/api",
    } as const;
    const registration = { version: "v2.0.0", digest: NEW };
    function codes(more: Partial<Parameters<typeof registerVersion>[1]>): readonly string[] {
      return diff(BRACES, registerVersion(fileOf(BRACES), { ...registration, ...more }));
    }
    expect(codes({ kind: "helm-chart" })).toEqual(["6:3 kind-changed"]);
    expect(codes({ source: { type: "oci", repository: "elsewhere.example.com/api" } })).toEqual([
      "7:11 source-differs",
    ]);
    expect(codes({ kind: "container-image", source })).toHaveLength(1);
    const shouted = { ...source, repository: "Registry.Example.com/payments-staging/api" };
    expect(codes({ source: shouted })).toHaveLength(1);
  });
});

describe("promote", () => {
  it.for([
    [
      "into the list, in channel order",
      BRACES,
      "v1.1.0",
      ["staging", "test"],
      ["dev, prod", "dev, test, staging, prod"],
    ],
    [
      "a part of a channel to the whole",
      BRACES,
      "1.0.0",
      ["prod"],
      ["{ channel: prod, environment: eu }", "prod"],
    ],
  ] as const)("004-11 adds a channel %s", ([, text, version, channels, [from, to]]) => {
    const edit = promoteVersion(fileOf(text), { version, channels, order: CHANNELS });
    expect(edit).toEqual({ kind: "changed", text: text.replace(from, to) });
  });

  it("adds a line to a list of lines, behind the comment of the one above, and begins one like its neighbour's", () => {
    expect(promote(BLOCK, "v1.0.0", "prod")).toEqual(["+    - prod"]);
    expect(promote(BLOCK, "v1.1.0", "prod", "dev")).toEqual([
      "+  channels:",
      "+    - dev",
      "+    - prod",
    ]);
    expect(promote(JSON_LIKE, "v1.0.0", "dev")).toEqual([
      `-    { "version": "v1.0.0", "digest": "${ONE}" }`,
      `+    { "version": "v1.0.0", "digest": "${ONE}", "channels": ["dev"] }`,
    ]);
  });

  it.for([
    ["[ staging ]", "[ dev, staging ]"],
    ["[]", "[dev]"],
    ["[ ]", "[dev]"],
    ["[ # none\n    ]", "[dev # none\n    ]"],
    ["", "[dev]"],
    [
      "[\n      staging, # why\n      prod,\n    ]",
      "[\n      dev,\n      staging, # why\n      prod,\n    ]",
    ],
    ["['staging']", "['dev', 'staging']"],
    ['["staging"]', '["dev", "staging"]'],
  ] as const)("turns channels: %s into %s", ([from, to]) => {
    const text =
      `versions:\n  - version: v1.0.0\n    digest: ${ONE}\n    channels: ${from}\n    from: v0\n`.replace(
        ": \n",
        ":\n",
      );
    const edit = promoteVersion(fileOf(text), {
      version: "v1.0.0",
      channels: ["dev"],
      order: CHANNELS,
    });
    const after = `versions:\n  - version: v1.0.0\n    digest: ${ONE}\n    channels: ${to}\n    from: v0\n`;
    expect(edit).toEqual({ kind: "changed", text: after });
  });

  it("means only an environment's sites where it is told so", () => {
    const asked = { version: "v1.1.0", channels: ["test"], environment: "eu", order: CHANNELS };
    const edit = promoteVersion(fileOf(BRACES), asked);
    expect(edit).toEqual({
      kind: "changed",
      text: BRACES.replace("dev, prod", "dev, { channel: test, environment: eu }, prod"),
    });
    expect(diff(BRACES, promoteVersion(fileOf(BRACES), { ...asked, channels: ["dev"] }))).toEqual(
      [],
    );
    expect(
      diff(
        BRACES,
        promoteVersion(fileOf(BRACES), { ...asked, version: "v1.0.0", channels: ["prod"] }),
      ),
    ).toEqual([]);
    expect(
      diff(
        BRACES,
        promoteVersion(fileOf(BRACES), {
          ...asked,
          version: "v1.0.0",
          channels: ["prod"],
          environment: "us",
        }),
      ),
    ).toEqual(["11:5 duplicate-channel"]);
  });

  it("lays an environment out as its neighbours do", () => {
    const text = `versions:\n  - version: v1.0.0\n    digest: ${ONE}\n    channels:\n      - channel: dev\n        environment: eu\n`;
    const asked = { version: "v1.0.0", channels: ["prod"], environment: "eu", order: CHANNELS };
    expect(diff(text, promoteVersion(fileOf(text), asked))).toEqual([
      "+      - channel: prod",
      "+        environment: eu",
    ]);
  });

  it.for([
    ["003-26 what is deprecated", "v1", ["1:13 promotes-deprecated"], "deprecated"],
    ["003-26 what is retired", "v1", ["1:13 promotes-retired"], "retired"],
    ["what is not listed", "v2", ["1:1 unknown-version"], "deprecated"],
  ] as const)("refuses %s", ([, version, expected, state]) => {
    const text = `versions: [ { version: v1, digest: "${ONE}", state: ${state} } ]\n`;
    expect(promote(text, version, "dev")).toEqual(expected);
  });

  it("refuses a channel that there is not, with the one that was meant", () => {
    const edit = promoteVersion(fileOf(BRACES), {
      version: "v1.1.0",
      channels: ["stagin"],
      order: CHANNELS,
    });
    expect(edit).toMatchObject({
      kind: "refused",
      diagnostic: { code: "unknown-channel", hint: 'did you mean "staging"?' },
    });
  });
});

describe("deprecate and retire", () => {
  it("003-26 say state and reason before the channels", () => {
    const edit = deprecateVersion(fileOf(BRACES), {
      version: "v1.1.0",
      reason: "superseded by v1.2.0",
    });
    expect(edit).toEqual({
      kind: "changed",
      text: BRACES.replace(
        ", channels: [dev, prod]",
        ", state: deprecated, reason: superseded by v1.2.0, channels: [dev, prod]",
      ),
    });
    expect(
      diff(BLOCK, retireVersion(fileOf(BLOCK), { version: "v1.0.0", reason: "out of support" })),
    ).toEqual(["+  state: retired", "+  reason: out of support"]);
  });

  it("go forward, with a new reason, and never back", () => {
    const text = `versions:\n  - { version: v1, digest: "${ONE}", state: deprecated, reason: 'old' } # c\n`;
    const retired = retireVersion(fileOf(text), { version: "v1", reason: "it's over" });
    expect(retired).toEqual({
      kind: "changed",
      text: text.replace("deprecated, reason: 'old'", "retired, reason: 'it''s over'"),
    });
    const after = retired.kind === "changed" ? retired.text : "";
    expect(
      diff(after, retireVersion(fileOf(after), { version: "v1", reason: "it's over" })),
    ).toEqual([]);
    expect(diff(after, deprecateVersion(fileOf(after), { version: "v1", reason: "no" }))).toEqual([
      "2:5 state-went-back",
    ]);
  });

  it("replace a reason of several lines", () => {
    const text = `versions:\n  - version: v1\n    reason: |\n      one\n      two\n    digest: ${ONE}\n    state: retired\n`;
    expect(diff(text, retireVersion(fileOf(text), { version: "v1", reason: "one" }))).toEqual([
      "-    reason: |",
      "-      one",
      "-      two",
      "+    reason: one",
    ]);
  });

  it.for([
    ["plain words", "plain words"],
    ["a: b", '"a: b"'],
    ["#1", '"#1"'],
    ["true", '"true"'],
    ["1.10", '"1.10"'],
    ["", '""'],
    ["[x], {y}", '"[x], {y}"'],
    ["it's", "it's"],
    ['say "no"', 'say "no"'],
    ["two\nlines", '"two\\nlines"'],
    ["bell\u0007", '"bell\\u0007"'],
    ["hidden\u202Etxt", '"hidden\\u202etxt"'],
    ["\u{1F600} é", "\u{1F600} é"],
    ["\uD800", '"\\ud800"'],
    [" edge ", '" edge "'],
  ] as const)("write the reason %j as %s", ([reason, expected]) => {
    expect(diff(BLOCK, retireVersion(fileOf(BLOCK), { version: "v1.1.0", reason }))).toEqual([
      "+  state: retired",
      `+  reason: ${expected}`,
    ]);
  });
});

describe("rollback", () => {
  const pinning = {
    channel: "prod",
    tags: ["stable", "1.4"],
    version: "v1.0.0",
    reason: "INC-812",
    until: "2026-12-01T00:00:00Z",
  };

  it("pins tags in a block of its own, and lifting takes it away again", () => {
    const edit = pinTags(fileOf(BRACES), pinning);
    expect(diff(BRACES, edit)).toEqual([
      "+pins:",
      "+  prod:",
      "+    stable: { version: v1.0.0, reason: INC-812, until: 2026-12-01T00:00:00Z }",
      '+    "1.4": { version: v1.0.0, reason: INC-812, until: 2026-12-01T00:00:00Z }',
    ]);
    const text = edit.kind === "changed" ? edit.text : "";
    const one = liftPins(fileOf(text), { channel: "prod", tags: ["stable"] });
    expect(diff(text, one)).toEqual([
      "-    stable: { version: v1.0.0, reason: INC-812, until: 2026-12-01T00:00:00Z }",
    ]);
    expect(liftPins(fileOf(text), { channel: "prod" })).toEqual({ kind: "changed", text: BRACES });
    expect(liftPins(fileOf(text), { channel: "staging" })).toEqual({ kind: "same" });
  });

  it("pins into what is there, key by key", () => {
    const text = `${BRACES}pins:\n  prod: # held\n    stable:\n      version: v1.1.0 # good\n      until: 2026-01-01T00:00:00Z\n    latest: v1.1.0\n`;
    const edit = pinTags(fileOf(text), {
      ...pinning,
      tags: ["stable", "latest"],
      until: undefined,
    });
    expect(edit).toEqual({
      kind: "changed",
      text: text
        .replace(
          "v1.1.0 # good\n      until: 2026-01-01T00:00:00Z",
          "v1.0.0 # good\n      reason: INC-812",
        )
        .replace("latest: v1.1.0", "latest: { version: v1.0.0, reason: INC-812 }"),
    });
  });

  it("pins in braces where pins are in braces", () => {
    const bare = {
      channel: "prod",
      tags: ["stable"],
      version: "v1.0.0",
      reason: undefined,
      until: undefined,
    };
    expect(diff(JSON_LIKE, pinTags(fileOf(JSON_LIKE), bare))).toEqual([
      '-  "pins": {}',
      '+  "pins": { "prod": { "stable": "v1.0.0" } }',
    ]);
    const text = `${BRACES}pins: { prod: { stable: v1.1.0 } }\n`;
    expect(pinTags(fileOf(text), bare)).toEqual({
      kind: "changed",
      text: text.replace("stable: v1.1.0", "stable: v1.0.0"),
    });
    expect(pinTags(fileOf(text), { ...bare, channel: "dev" })).toEqual({
      kind: "changed",
      text: text.replace("v1.1.0 } }\n", "v1.1.0 }, dev: { stable: v1.0.0 } }\n"),
    });
    expect(liftPins(fileOf(text), { channel: "prod" })).toEqual({ kind: "changed", text: BRACES });
    const empty = `${BRACES}pins: # none\n`;
    expect(diff(empty, pinTags(fileOf(empty), bare))).toEqual(["+  prod:", "+    stable: v1.0.0"]);
  });

  it.for([
    ["{ a: v1, b: v2 }", ["a"], "{ b: v2 }"],
    ["{ a: v1, b: v2, }", ["b"], "{ a: v1, }"],
    ["{ a: v1,\n    b: v2 }", ["b"], "{ a: v1 }"],
  ] as const)("lifts in braces: %s without %s is %s", ([from, tags, to]) => {
    const text = `versions: []\npins: { prod: ${from}, }`;
    expect(liftPins(fileOf(text), { channel: "prod", tags })).toEqual({
      kind: "changed",
      text: `versions: []\npins: { prod: ${to}, }`,
    });
    expect(liftPins(fileOf(text), { channel: "prod" })).toEqual({
      kind: "changed",
      text: "versions: []",
    });
  });

  it("refuses a version that is not listed", () => {
    expect(diff(BRACES, pinTags(fileOf(BRACES), { ...pinning, version: "v9.9.9" }))).toEqual([
      "8:1 unknown-version",
    ]);
  });
});

describe("a file that an edit cannot read or change", () => {
  it.for([
    ["broken YAML", "versions: [\n", "yaml-syntax"],
    ["a key that stands twice", `${BLOCK}versions: []\n`, "duplicate-key"],
    ["a list", "- a\n", "wrong-type"],
    ["nothing", "", "wrong-type"],
  ] as const)("is left as it is: %s", ([, text, code]) => {
    expect(registerVersion(fileOf(text), { version: "v1", digest: NEW })).toMatchObject({
      kind: "refused",
      diagnostic: { code },
    });
  });

  it.for([
    ["versions", "versions: a word\n", "1:11"],
    ["versions", "versions: {}\n", "1:11"],
    ["channels", `versions:\n  - { version: v1, digest: "${ONE}", channels: dev }\n`, "2:113"],
    ["pins", "versions: []\npins: [a]\n", "2:7"],
    ["pins of a channel", "versions: []\npins: { prod: v1 }\n", "2:15"],
  ] as const)("is left as it is where something else stands for %s", ([, text, at]) => {
    const edit = registerVersion(fileOf(text), { version: "v2", digest: NEW });
    expect(diff(text, edit)).toEqual([`${at} wrong-type`]);
  });

  it("is left as it is where the layout would not bear it", () => {
    const text = `versions:\n  - ? version\n    : v1.0.0\n    ? digest\n    : "${ONE}"\n`;
    const edit = promoteVersion(fileOf(text), {
      version: "v1.0.0",
      channels: ["dev"],
      order: CHANNELS,
    });
    expect(edit).toMatchObject({ kind: "refused", diagnostic: { code: "edit-by-hand" } });
  });
});
