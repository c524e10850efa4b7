import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validate } from "#app";
import { selfSigned } from "../support/certificate.ts";
import { image, seed } from "../support/images.ts";
import { startRegistry, type RegistryOptions } from "../support/registry/index.ts";
import {
  CHANNELS,
  openWorkspace,
  promotion,
  registriesTo,
  versionLine,
  type Workspace,
} from "../support/workspace.ts";
import { askPlan, calm, planned } from "./run.ts";

const app = image({ seed: "app" });
const API = "promotions/payments/api.yaml";
const STAGING = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROD = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));

async function promoted(options: RegistryOptions = {}): Promise<Workspace> {
  const workspace = await openWorkspace(options);
  seed(workspace.source.repository("staging/api"), app, ["v1.0.0"]);
  workspace.commit({ [API]: STAGING });
  return workspace;
}

async function codes(workspace: Workspace, base?: string): Promise<readonly string[]> {
  const { diagnostics } = await validate({ root: workspace.root, base }, calm());
  return diagnostics.map(({ code }) => code);
}

describe("promise 11: which hosts get credentials is read from the base", () => {
  it.for([
    ["not committed", false],
    ["committed in the pull request", true],
  ] as const)(
    "a registries.yaml edited in the tree, %s, leads nobody elsewhere with --since",
    async ([, isCommitted]) => {
      await using workspace = await promoted();
      await using thief = await startRegistry();
      const base = workspace.git("rev-parse", "HEAD");
      const edited = registriesTo(thief.host, thief.host);
      workspace.write("policies/registries.yaml", edited);
      workspace.write(API, PROD);
      if (isCommitted) workspace.commit();
      const answer = await planned(workspace, { since: base });
      expect(answer.plan.actions.length).toBeGreaterThan(0);
      expect(thief.requests).toEqual([]);
      expect(workspace.target.requests.length).toBeGreaterThan(0);
      expect(answer.notes.join()).toContain("policies/registries.yaml differs from commit");
    },
  );

  it("without --since it is HEAD's, not the work tree's", async () => {
    await using workspace = await promoted();
    await using thief = await startRegistry();
    workspace.write("policies/registries.yaml", registriesTo(thief.host, thief.host));
    await planned(workspace);
    expect(thief.requests).toEqual([]);
    workspace.commit();
    await planned(workspace);
    expect(thief.requests.length).toBeGreaterThan(0);
  });

  it("a caFile edited in the tree vouches for nobody: the authority's own bytes do", async () => {
    const [known, other] = [selfSigned(), selfSigned()];
    await using workspace = await promoted({ tls: known });
    const trusting = registriesTo(workspace.source.host, workspace.target.host).replaceAll(
      /"http:([^"]*)"/g,
      '"https:$1", caFile: policies/ca.pem',
    );
    workspace.commit({ "policies/registries.yaml": trusting, "policies/ca.pem": known.cert });
    workspace.write("policies/ca.pem", other.cert);
    expect((await planned(workspace)).plan.blocked).toEqual([]);
    workspace.commit();
    workspace.write("policies/ca.pem", known.cert);
    const { blocked } = (await planned(workspace)).plan;
    expect(blocked.map(({ reason }) => reason).join()).toContain("certificate");
  });

  it("credentials go where the base says, and to no host that the tree names", async () => {
    const users = { robot: { password: "secret" } };
    await using workspace = await promoted({ auth: { kind: "basic", users } });
    await using thief = await startRegistry({ auth: { kind: "basic", users } });
    const file = join(workspace.root, "auth.json");
    const auth = Buffer.from("robot:secret").toString("base64");
    const hosts = [
      workspace.target.host,
      workspace.source.host,
      thief.host,
      "registry.example.com",
    ];
    writeFileSync(
      file,
      JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) }),
    );
    const base = workspace.git("rev-parse", "HEAD");
    workspace.commit({
      [API]: PROD,
      "policies/registries.yaml": registriesTo(thief.host, thief.host),
    });
    await planned(workspace, { since: base, env: { WAYBILL_REGISTRY_AUTH_FILE: file } });
    expect(thief.requests).toEqual([]);
    expect(workspace.target.requests.map(({ headers }) => headers["authorization"])).toContain(
      `Basic ${auth}`,
    );
  });

  it("--registries FILE is said by the person who runs it, and holds for one run", async () => {
    await using workspace = await promoted();
    await using other = await startRegistry();
    const file = join(workspace.root, "elsewhere.yaml");
    writeFileSync(file, registriesTo(workspace.source.host, other.host));
    await planned(workspace, { registriesFile: file });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(workspace.target.requests).toEqual([]);
  });

  it.for([
    ["that is not there", undefined, /none\.yaml cannot be read/],
    ["with a mistake", "kind: Registries\nhosts: { a: 1 }\n", undefined],
  ] as const)("--registries FILE %s is refused", async ([, text, message]) => {
    await using workspace = await promoted();
    const file = join(workspace.root, text === undefined ? "none.yaml" : "bad.yaml");
    if (text !== undefined) writeFileSync(file, text);
    const asking = askPlan(workspace, { registriesFile: file });
    if (message) await expect(asking).rejects.toThrow(message);
    else
      expect(await asking).toMatchObject({
        kind: "invalid",
        diagnostics: [{ file: "bad.yaml" }, {}],
      });
    expect(workspace.requests()).toBe(0);
  });
});

describe("promise 11: the rules of steps are read from the base", () => {
  const LAX = CHANNELS.replace("    after: [staging]\n", "");

  it("003-25 000-10 a pull request that drops `after` cannot use that itself", async () => {
    await using workspace = await promoted();
    const base = workspace.git("rev-parse", "HEAD");
    const web = promotion("web", versionLine("v1.0.0", app, "channels: [prod]"));
    workspace.commit({ "promotions/payments/web.yaml": web, "policies/channels.yaml": LAX });
    expect(await codes(workspace, base)).toContain("step-skipped");
    const answer = await askPlan(workspace, { since: base });
    expect(answer.kind).toBe("invalid");
  });

  it("holds for uncommitted rules too: they are HEAD's", async () => {
    await using workspace = await promoted();
    workspace.write("policies/channels.yaml", LAX);
    workspace.write(
      "promotions/payments/web.yaml",
      promotion("web", versionLine("v1.0.0", app, "channels: [prod]")),
    );
    expect(await codes(workspace)).toContain("step-skipped");
  });

  it("a channel that the base does not have follows its own rule", async () => {
    await using workspace = await promoted();
    const base = workspace.git("rev-parse", "HEAD");
    workspace.commit({
      "policies/channels.yaml": `${CHANNELS}  qa: { to: "qa/{project}/{name}", after: [staging], sites: { require: [oslo] } }\n`,
      "promotions/payments/web.yaml": promotion(
        "web",
        versionLine("v1.0.0", app, "channels: [qa]"),
      ),
    });
    expect(await codes(workspace, base)).toContain("step-skipped");
  });
});
