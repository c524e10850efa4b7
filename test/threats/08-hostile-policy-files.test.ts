import { describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { bundleOf, openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { seed } from "../support/images.ts";
import { gate } from "./gate.ts";

const TRUST = "policies/trust.yaml";
const REVOCATIONS = "policies/revocations.yaml";
const HEAD = "apiVersion: waybill.dev/v1\nkind: Trust\n";

function bomb(): string {
  const levels = Array.from({ length: 20 }, (_, at) =>
    at === 0 ? "a0: &a0 x" : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(10)}]`,
  );
  return `${HEAD}${levels.join("\n")}\n`;
}

const FILES: readonly (readonly [what: string, path: string, text: string, code: string])[] = [
  ["aliases that multiply", TRUST, bomb(), "yaml-alias"],
  ["a hundred thousand levels", TRUST, `${HEAD}rules: ${"[".repeat(100_000)}`, "yaml-too-deep"],
  ["more than 1 MiB", TRUST, `${HEAD}# ${"x".repeat(1_100_000)}\n`, "file-too-large"],
  ["a key twice", TRUST, `${HEAD}rules: []\nrules: []\n`, "duplicate-key"],
  ["a prototype", TRUST, `${HEAD}__proto__: { noMatch: allow }\n`, "unknown-key"],
  ["two documents", TRUST, `${HEAD}---\n${HEAD}noMatch: allow\n`, "yaml-several-documents"],
  [
    "an expression with no end",
    TRUST,
    trustFile([
      'attestation: { predicateType: "https://example.com/qa/v1", signedBy: [ci], where: [{ path: /a, op: matches, value: "((a{1,500}){1,500}){1,500}" }] }',
    ]),
    "pattern-form",
  ],
  [
    "entries that are no entries",
    REVOCATIONS,
    "apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations: [{ digest: 1, reason: [] }]\n",
    "wrong-type",
  ],
];

describe("threat 8: policy files that cost the parser its time, or mean something else", () => {
  it.for(FILES)(
    "%s: a diagnostic, exit 2, and nothing is planned",
    async ([, path, text, code]) => {
      await using workspace = await openTrustWorkspace({ [path]: text });
      const { exitCode, out } = await runVerb(["validate"], { folder: workspace.root });
      expect({ exitCode, out }).toEqual({
        exitCode: 2,
        out: expect.stringContaining(` ${code}: `),
      });
      const plan = await runVerb(["plan"], { folder: workspace.root });
      expect(plan.exitCode).toBe(2);
      expect(workspace.source.requests.concat(workspace.target.requests)).toEqual([]);
    },
  );

  it("an expression that runs for ever elsewhere ends here, on text that its author chose", async () => {
    const qa =
      'attestation: { predicateType: "https://example.com/qa/v1", signedBy: [ci], where: [{ path: /a, op: matches, value: "(a|aa|a*)*b" }] }';
    await using workspace = await openTrustWorkspace({ [TRUST]: trustFile([qa]) });
    const { app, ci, from } = workspace;
    seed(from, bundleOf(app, ci, "https://example.com/qa/v1", { a: "a".repeat(50_000) }));
    expect(await gate(workspace)).toEqual(["refuse trust.attestation"]);
  });
});
