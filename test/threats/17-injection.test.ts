import { describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { seed } from "../support/images.ts";
import { makePair } from "../support/signing.ts";
import { bundleOf, openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";

const EVIL =
  "https://evil.example.com/\u001b[2J\n::set-output name=x::y\n| <img src=x> @everyone `a` [b](http://evil.example.com) \u202egnp.exe";
const QA = "https://example.com/qa/v1";

describe("threat 17: text of evidence acts on a terminal, a job or Markdown", () => {
  it.for([
    ["plan", "text"],
    ["plan", "markdown"],
    ["plan", "github"],
    ["verify", "text"],
    ["verify", "markdown"],
    ["verify", "github"],
    ["why", "text"],
  ] as const)("of %s as %s it is only text", async ([verb, format]) => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile([
        `attestation: { predicateType: "${QA}", signedBy: [ci], where: [{ path: /result, op: eq, value: passed }] }`,
      ]),
    });
    const { app, ci, from } = workspace;
    seed(from, bundleOf(app, ci, EVIL, { result: EVIL }));
    seed(from, bundleOf(app, ci, QA, { result: EVIL }));
    seed(from, bundleOf(app, makePair(), QA, { result: EVIL }));
    const what =
      verb === "plan" ? ["--all"] : ["payments/api@v1.0.0", ...(verb === "why" ? ["prod"] : [])];
    const args = [verb, ...what, "--format", format];
    const { exitCode, out, err } = await runVerb(args, { folder: workspace.root });
    expect(exitCode).toBe(4);
    const said = out + err;
    expect(said).toContain("evil.example.com");
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(said.split("\n").filter((line) => line.startsWith("::set-output"))).toEqual([]);
    if (format === "markdown") {
      expect(said).not.toContain("<img");
      expect(said).not.toMatch(/(?<!\\)\[b\]\(/);
    }
  });
});
