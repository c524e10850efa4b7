import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** The rooms whose words with hyphens are codes, but for those below. */
const ROOMS = ["app", "apply", "desired", "inventory", "plan", "policy"];

/** Words with hyphens in those rooms that are no codes: values of our formats, of GitHub's and BuildKit's, checks of evidence, of the yaml package and of kpromo. */
const NO_CODES = new Set([
  "attestation-manifest",
  "block-map",
  "comments-and-order",
  "desired-only",
  "new-host",
  "no-rights",
  "no-token",
  "block-seq",
  "bootc-image",
  "condition",
  "container-image",
  "flow-collection",
  "helm-chart",
  "in-toto",
  "machine-config",
  "newest-in-line",
  "newest-prerelease",
  "newest-stable",
  "not-member",
  "oci-layout",
  "predicate",
  "pull-request",
  "seq-item-ind",
  "service-account",
  "talos-installer",
  "time",
  "tool-image",
  "plan-again",
  "read-all",
  "waybill-override",
  "waybill-plan",
  "waybill-statement",
  // Why the bot left a delivery alone: told in docs/bot.md, with its metrics.
  "no-command",
  "no-commit",
  "no-pull-request",
  "not-installed",
  "not-open",
  "other-base",
]);

const PAGE = readFileSync("docs/diagnostics.md", "utf8");

/** The first cell of each row of the page's tables. */
function documented(text: string): readonly string[] {
  return [...text.matchAll(/^\| `([a-zA-Z.-]+)` +\|/gm)].map(([, code]) => code ?? "");
}

function sourcesOf(folder: string): string {
  return (
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      // The text of workflows has words of its own.
      .filter((path) => path.endsWith(".ts") && !path.includes("init/workflows/"))
      .map((path) => readFileSync(join(folder, path), "utf8"))
      .join("\n")
  );
}

/** Every word with a hyphen that stands alone in quotes, and codes of one word where they are given. */
function codesOf(text: string): readonly string[] {
  const words = [...text.matchAll(/(?<!from )"([a-z]+(?:-[a-z]+)+)"/g)];
  const given = [
    ...text.matchAll(/code: "([a-z.-]+)"/g),
    ...text.matchAll(/(?:errorAt|warningAt|note|refused)\((?:\w+,)?\s*"([a-z-]+)"/g),
  ];
  return [...new Set([...words, ...given].map(([, code]) => code ?? ""))]
    .filter((code) => !NO_CODES.has(code))
    .toSorted();
}

/** The members of a union of literals, such as `type Code = | "a" | "b";`. */
function unionOf(file: string, name: string): readonly string[] {
  const body = new RegExp(`type ${name} =([^;]*);`).exec(
    readFileSync(file, "utf8").replaceAll(/\/\/.*$/gm, ""),
  );
  return [...(body?.[1] ?? "").matchAll(/"([a-z-]+)"/g)].map(([, code]) => code ?? "");
}

/** What a rule can ask for. */
function unionOfTypes(file: string): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(/readonly type: "([a-z]+)"/g)].map(
    ([, type]) => type ?? "",
  );
}

/** What a channel can require, by the first part of its name; each has a fix of its own. */
function requiredNames(): readonly string[] {
  const text = readFileSync("src/policy/trust/reasons.ts", "utf8");
  const fixes = text.slice(text.indexOf("const FIXES"));
  return [...fixes.matchAll(/\[\s*"([a-zA-Z]+)",/g)].map(([, name]) => name ?? "");
}

const SAID = [
  ...ROOMS.flatMap((room) => codesOf(sourcesOf(`src/${room}`))),
  ...unionOf("src/stores/store-error.ts", "StoreErrorCode"),
  ...unionOf("src/model/plan.ts", "BlockedCode"),
  // Built from what a rule or a channel asks for, in one place.
  ...unionOfTypes("src/model/trust.ts").map((type) => `trust.${type}`),
  ...requiredNames().map((name) => `requires.${name}`),
  // What the doctor looks at: one word, or built from the name of a check, or a word that means something else elsewhere.
  "pins",
  "triggers",
  "history",
  "environments",
  "pull-request",
  ...["job", "required"].flatMap((part) => [`${part}-plan`, `${part}-approval`]),
  // Built from the version's state in one place.
  "promotes-deprecated",
  "promotes-retired",
];

describe("docs/diagnostics.md", () => {
  it("has every code that is said", () => {
    const known = new Set(documented(PAGE));
    expect([...new Set(SAID)].filter((code) => !known.has(code))).toEqual([]);
  });

  it("has no code that is never said", () => {
    const said = new Set(SAID);
    expect(documented(PAGE).filter((code) => !said.has(code))).toEqual([]);
  });

  it("is compared with codes that are really found", () => {
    const text = `note(draft, "limit", message); errorAt(at, "forget", {}); x = { code: "waits" }; y = "some-code";`;
    expect(codesOf(text)).toEqual(["forget", "limit", "some-code", "waits"]);
    expect(documented("| `a-code` | says |\n| code | `x` |\n")).toEqual(["a-code"]);
    expect(unionOf("src/model/plan.ts", "BlockedCode")).toContain("tag-waits");
    expect(unionOf("src/stores/store-error.ts", "StoreErrorCode")).toContain("unreachable");
  });
});
