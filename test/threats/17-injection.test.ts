import { describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { waybillIn } from "../cli/captured.ts";
import { seed } from "../support/images.ts";
import { openWorkspace } from "../support/workspace.ts";
import { API as FORGE_API, APP, openForge, staged } from "./merging.ts";
import { makePair } from "../support/signing.ts";
import { bundleOf, openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";

const EVIL =
  "https://evil.example.com/\u001b[2J\n::set-output name=x::y\n| <img src=x> @everyone `a` [b](http://evil.example.com) \u202egnp.exe";
const QA = "https://example.com/qa/v1";

/** What the runner would obey in a line of a log. */
const COMMAND = /^\s*::|##\[/m;

describe("threat 17: text of a pull request acts on a job's log", () => {
  it.for([
    ["validate", "text"],
    ["validate", "markdown"],
    ["plan", "text"],
    ["plan", "markdown"],
    ["apply", "text"],
  ] as const)("%s as %s says nothing there that the runner obeys", async ([verb, format]) => {
    await using workspace = await openWorkspace();
    const name = "##[add-mask]x";
    workspace.commit({
      "promotions/payments/::error::x.yaml": `kind: "::error::y ${name}"\n"${name}": 1\n`,
      "::warning::z/promotions/x.yaml": "",
    });
    const env = { GITHUB_ACTIONS: "true", NO_COLOR: "1" };
    const more = verb === "apply" ? ["--yes"] : [];
    const ran = await waybillIn(workspace, [verb, ...more, "--format", format], { env });
    expect(ran.code).toBe(2);
    expect(ran.out + ran.err).toContain("error");
    expect(ran.out).not.toMatch(COMMAND);
    expect(ran.err).not.toMatch(COMMAND);
  });

  it.for(["text", "github"] as const)(
    "nor do the words of a pull request's body, as %s",
    async (format) => {
      await using workspace = await openForge();
      const block =
        "```waybill-override\nlimit: move\nchannel: '##[add-mask]x'\n::error::y: 1\nreason: mine\nexpires: 2026-12-01T00:00:00Z\n```\n";
      const other = block.replace("::error::y: 1\n", "");
      const files = { [FORGE_API]: staged({ "v1.0.0": APP }) };
      const number = await workspace.propose(files, { body: `${block}\n${other}` });
      const folder = await workspace.checkout(`refs/pull/${number}/merge`);
      const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
      const args = ["approval", "--pr", String(number), "--format", format];
      const env = { GITHUB_ACTIONS: "true" };
      const { code, out, err } = await workspace.run(folder, args, { token, env });
      expect({ code, out }).toMatchObject({ code: 4, out: expect.stringContaining("add-mask") });
      expect(out).not.toMatch(COMMAND);
      expect(err).not.toMatch(COMMAND);
    },
  );

  it("nor does where a failure came from, with --verbose", async () => {
    await using workspace = await openWorkspace();
    const env = { GITHUB_ACTIONS: "true", NO_COLOR: "1" };
    const since = "x\n::error::stolen\u001b[2J##[add-mask]x";
    const ran = await waybillIn(workspace, ["plan", "--verbose", "--since", since], { env });
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("stolen");
    expect(ran.err).not.toMatch(COMMAND);
    expect(ran.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

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
