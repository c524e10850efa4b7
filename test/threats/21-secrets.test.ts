import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { runProgram } from "../../src/cli/program.ts";
import { openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { waybillIn } from "../cli/captured.ts";
import { openWorkspace } from "../support/workspace.ts";
import { API as FORGE_API, APP, openForge, staged } from "./merging.ts";
import { sign } from "./gate.ts";

const SECRET = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const WORDS = SECRET.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
const SIGNING = trustFile()
  .replace("rules:", "  bot: { key: { file: policies/trust/ci.pub } }\nrules:")
  .concat('signing: { authority: bot, verifierId: "https://waybill.dev/verifier/v1" }\n');
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] } }
  prod: { to: "prod/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] }, attestation: { attach: auto } }
`;

async function said(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  const shell = {
    env: { NO_COLOR: "1", ...env },
    folder,
    interactive: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 80,
    now: () => new Date("2026-11-20T00:00:00Z"),
    out: (part: string) => void (text += part),
    err: (part: string) => void (text += part),
    ask: async () => "",
  };
  return { code: await runProgram(args, shell, new AbortController().signal), text };
}

function quotes(text: string): readonly string[] {
  return WORDS.filter((word) => text.includes(word.slice(0, 16)));
}

describe("threat 21: secrets in errors or logs", () => {
  it.for([
    ["is not the policy's", SECRET],
    ["is cut short", SECRET.slice(0, 150)],
    ["is on one line", SECRET.replaceAll("\n", " ")],
    ["is of an unknown kind", SECRET.replaceAll("PRIVATE KEY", "STRANGE KEY")],
  ] as const)("a signing key that %s is never repeated", async ([, key]) => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": CHANNELS,
      "policies/trust.yaml": SIGNING,
    });
    sign(workspace, workspace.ci);
    for (const format of ["text", "json"]) {
      const args = ["apply", "--yes", "--verbose", "--format", format];
      const { code, text } = await said(workspace.root, args, { WAYBILL_SIGN_KEY: key });
      expect(code).toBe(2);
      expect(quotes(text)).toEqual([]);
    }
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("a private key where a public one belongs is refused and never repeated", async () => {
    await using workspace = await openTrustWorkspace({ "policies/trust/ci.pub": SECRET });
    for (const args of [
      ["validate"],
      ["plan"],
      ["verify", "payments/api@v1.0.0"],
      ["trust", "show"],
      ["revoke", "--key", "policies/trust/ci.pub", "--reason", "x"],
      ["trust", "policy", "--rule", "images", "--for", "kyverno"],
    ]) {
      const { exitCode, out, err } = await runVerb(args, { folder: workspace.root });
      expect(exitCode, args.join(" ")).toBe(2);
      expect(quotes(out + err)).toEqual([]);
    }
  });

  it("a mirror's name and password are refused and never repeated", async () => {
    await using workspace = await openTrustWorkspace();
    const args = [
      "trust",
      "update",
      "--root",
      "a",
      "--mirror",
      "https://user:hunter2@tuf.example.com",
    ];
    const { exitCode, out, err } = await runVerb(args, { folder: workspace.root });
    expect(exitCode).toBe(2);
    expect(out + err).not.toContain("hunter2");
  });
});

describe("threat 21: tokens of the forge and passwords of registries", { timeout: 60_000 }, () => {
  it.for([
    ["is refused", 401],
    ["lacks a right", 403],
    ["is named in what the forge says back", 422],
  ] as const)("a token that %s is in no error, and in no cause of one", async ([, status]) => {
    await using workspace = await openForge();
    const { github } = workspace;
    const number = await workspace.propose({ [FORGE_API]: staged({ "v1.0.0": APP }) });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const token = github.actionsToken({ contents: "read", pull_requests: "write" });
    await workspace.git(folder, "remote", "set-url", "origin", github.remote(token));
    const body = { message: `no good: ${token}` };
    const approval = ["approval", "--pr", String(number)];
    const asked = github.requests.length;
    expect(await workspace.run(folder, approval, { token })).toMatchObject({ code: 4 });
    const [first] = github.requests.slice(asked).filter(({ operation }) => operation !== "git");
    github.faults.push({ on: first?.operation ?? "", times: Infinity, answer: { status, body } });
    const env = { GITHUB_ACTIONS: "true" };
    for (const format of ["text", "json", "github"]) {
      const args = [...approval, "--verbose", "--format", format];
      const { code, out, err } = await workspace.run(folder, args, { token, env });
      expect(code).toBe(1);
      expect(err).toMatch(/waybill: ./);
      expect(out + err).not.toContain(token);
    }
  });

  it("a registry's password is in no error, whatever the registry says back", async () => {
    const users = { robot: { password: "right" } };
    await using workspace = await openWorkspace({ auth: { kind: "basic", users } });
    const { source, target } = workspace;
    const auth = Buffer.from("robot:hunter2-hunter2").toString("base64");
    const auths = { [source.host]: { auth }, [target.host]: { auth } };
    workspace.write("auth.json", JSON.stringify({ auths }));
    workspace.commit({ [FORGE_API]: staged({ "v1.0.0": APP }) });
    const env = { WAYBILL_REGISTRY_AUTH_FILE: `${workspace.root}/auth.json` };
    for (const args of [["plan"], ["apply", "--yes"]]) {
      const { code, out, err } = await waybillIn(workspace, [...args, "--verbose"], { env });
      expect(code).toBe(1);
      expect(out + err).toContain(target.host);
      for (const secret of ["hunter2", auth]) expect(out + err).not.toContain(secret);
    }
  });
});
