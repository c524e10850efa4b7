import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkspace } from "../support/workspace.ts";
import { waybill, waybillIn } from "./captured.ts";

const VERBS = [
  "init",
  "validate",
  "plan",
  "apply",
  "register",
  "promote",
  "deprecate",
  "retire",
  "rollback",
  "revoke",
  "verify",
  "why",
  "trust",
  "evidence",
  "notes",
  "pr",
  "approval",
  "chat",
  "record",
  "reapprove",
  "owners",
  "drift",
  "doctor",
  "bot",
  "verify-bundle",
];
const LATER = ["status", "where", "log", "used-by", "diff"];

describe("the command line", () => {
  it("lists the verbs that there are, and no other", async () => {
    const { code, out, err } = await waybill(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const listed = out
      .slice(out.indexOf("Commands:"))
      .matchAll(/^ {2}([a-z-]+)/gm)
      .map(([, verb]) => verb);
    expect([...listed]).toEqual([...VERBS, "help"]);
  });

  it.for(VERBS)("says what %s takes", async (verb) => {
    const { code, out } = await waybill([verb, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: waybill ${verb} `);
  });

  it.for(LATER)("does not know %s yet, and is no stub: exit 2", async (verb) => {
    const { code, out, err } = await waybill([verb]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("unknown command");
    expect(err).toContain("waybill --help lists the verbs");
  });

  it("prints its version alone", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await waybill(["--version"])).toEqual({
      code: 0,
      out: `${version}\n`,
      err: "",
      asked: [],
    });
  });

  it.for<readonly [string, readonly string[]]>([
    ["no verb", []],
    ["an option that there is not", ["plan", "--nope"]],
    ["a word too many", ["plan", "everything"]],
    ["a format that there is not", ["plan", "--format", "xml"]],
    ["an option without its value", ["plan", "--since"]],
    ["no artifact", ["promote", "--to", "prod"]],
    ["no channel", ["promote", "payments/api@v1.0.0"]],
    ["no reason", ["retire", "payments/api@v1.0.0"]],
    ["no source of a digest", ["register", "payments/api@v1.0.0"]],
    ["two sources of a digest", ["register", "payments/api@v1.0.0", "--tag", "x", "--from", "v1"]],
    ["a rollback to nowhere", ["rollback", "payments/api", "--channel", "prod"]],
    [
      "a rollback and its end at once",
      ["rollback", "payments/api", "--channel", "prod", "--lift", "--to", "v1.0.0"],
    ],
    ["all and a part of it", ["plan", "--all", "--since", "HEAD"]],
    ["two answers", ["apply", "--yes", "--plan", "plan.json"]],
    ["a folder that is not there", ["plan", "-C", "nowhere"]],
    ["a plan that is not there", ["apply", "--plan", "none.json"]],
    ["no answer, and nobody to ask", ["apply"]],
    ["nothing to verify", ["verify"]],
    ["an artifact that nobody lists", ["verify", "payments/none@v1"]],
    ["a REF that is none", ["verify", "://x"]],
    ["a REF without tag or digest", ["verify", "registry.example.com/staging/api"]],
    [
      "a digest that no promotion holds, and nobody says what it is",
      ["verify", `registry.example.com/staging/api@sha256:${"0".repeat(64)}`],
    ],
    ["a policy of no revision", ["verify", "--all", "--policy-from", "none"]],
    ["a channel that there is not", ["verify", "--all", "--channel", "none"]],
    ["owners in no format", ["owners"]],
    ["owners of a folder without them", ["owners", "--codeowners"]],
    ["no channel to ask why about", ["why", "payments/api@v1.0.0"]],
    ["no version to ask why about", ["why", "payments/api", "prod"]],
    ["no subcommand of trust", ["trust"]],
    ["a rule that there is not", ["trust", "explain", "none"]],
  ])("exits 2 for %s, says why, and prints no result", async ([, args]) => {
    await using workspace = await openWorkspace();
    const { code, out, err } = await waybillIn(workspace, args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).not.toBe("");
    expect(err).not.toMatch(/^ {4}at /m);
    expect(workspace.requests()).toBe(0);
  });

  it.for<readonly [string, readonly string[], string]>([
    [
      "an option that there is not",
      ["plan", "--format", "json", "--nope"],
      "unknown option '--nope'",
    ],
    ["a usage that there is not", ["apply", "--format=json"], "apply needs --yes"],
    [
      "a revision that there is not",
      ["plan", "--since", "none", "--format", "json"],
      "There is no commit none",
    ],
  ])("tells a program of %s in a document", async ([, args, message]) => {
    await using workspace = await openWorkspace();
    const { code, out } = await waybillIn(workspace, args);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      schema: "waybill.dev/diagnostics/v1",
      diagnostics: [
        expect.objectContaining({
          code: "usage",
          severity: "error",
          file: ".",
          line: 1,
          column: 1,
          message: expect.stringContaining(message),
        }),
      ],
    });
  });

  it("takes global options before the verb and after it", async () => {
    await using workspace = await openWorkspace();
    const after = await waybill(["validate", "-C", workspace.root, "--format", "json"]);
    const before = await waybill(["-C", workspace.root, "--format", "json", "validate"]);
    expect(after).toEqual(before);
    expect(after.code).toBe(0);
  });

  it("reads paths in flags from where the person stands", async () => {
    await using workspace = await openWorkspace();
    workspace.write("here/elsewhere.yaml", workspace.read("policies/registries.yaml"));
    const folder = join(workspace.root, "here");
    const { code } = await waybill(
      ["plan", "-C", "..", "--registries", "elsewhere.yaml", "--out", "plan.json"],
      { folder },
    );
    expect(code).toBe(0);
    expect(JSON.parse(workspace.read("here/plan.json"))).toMatchObject({ actions: [] });
  });

  it("refuses a plan file that cannot be written, before anything is printed", async () => {
    await using workspace = await openWorkspace();
    const { code, out, err } = await waybillIn(workspace, ["plan", "--out", "no/such/folder.json"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("--out no/such/folder.json cannot be written (ENOENT)");
  });
});
