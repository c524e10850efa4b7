import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifact, image, seed } from "../../support/images.ts";
import { onlySocketsTo, BLOCKED } from "../../support/sockets.ts";
import { startWaybill } from "../../support/real/waybill.ts";
import type { Ended } from "../../support/real/program.ts";
import { identityToken, startSignServices } from "../../support/sign-services.ts";
import { keylessBundle, statement, V03 } from "../../support/signing.ts";
import { ISSUER, makeInstance, SUBJECT, type Instance } from "../../support/sigstore.ts";
import { startTimestampAuthority } from "../../support/timestamp-authority.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../../support/workspace.ts";
import type { Built } from "../../support/built.ts";

/** Who signs for waybill: a workflow of the promotions repository. */
const BOT = "https://github.com/payments/promotions/.github/workflows/apply.yml@refs/heads/main";
const ROOT = "policies/trust/loopback.json";
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  prod: { to: "prod/{name}", sites: { require: [oslo] }, requires: { trust: verified }, attestation: { attach: auto } }
`;

function trustFile(root: string): string {
  const sha256 = createHash("sha256").update(root).digest("hex");
  const today = new Date().toISOString().slice(0, 10);
  return `apiVersion: waybill.dev/v1
kind: Trust
roots:
  loopback: { file: ${ROOT}, sha256: ${sha256}, fetchedAt: ${today} }
authorities:
  ci:
    keyless: { issuer: "${ISSUER}", subject: "${SUBJECT}", root: loopback }
    evidence: { tlog: required, inclusionProof: required, timestamp: optional, sct: none }
  bot:
    keyless: { issuer: "${ISSUER}", subject: "${BOT}", root: loopback }
    evidence: { tlog: required, inclusionProof: required, timestamp: required, sct: none }
rules:
  - { name: signed, require: [{ signature: { anyOf: [ci] } }] }
signing: { authority: bot, verifierId: "https://waybill.dev/verifier/v1" }
`;
}

interface World extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly app: Built;
  /** The arguments of `apply` that sign keyless. */
  readonly sign: readonly string[];
  readonly services: Awaited<ReturnType<typeof startSignServices>>;
  readonly stamps: Awaited<ReturnType<typeof startTimestampAuthority>>;
  /** Runs a process of the command line that may speak to the stores alone, or to these as well. */
  readonly run: (args: readonly string[], alsoTo?: readonly string[]) => Promise<Ended>;
}

/** A loopback Fulcio, Rekor and timestamp authority, a policy that trusts them alone, and an image that ci signed there. */
async function openWorld(): Promise<World> {
  const instance = makeInstance();
  const stamps = await startTimestampAuthority(instance);
  const holder = { subject: BOT, notBefore: new Date(Date.now() - 60_000) };
  const services = await startSignServices(instance, { holder, at: new Date() });
  const workspace = await openWorkspace();
  const app = signedImage(instance, workspace);
  const root = JSON.stringify(stamps.root);
  workspace.commit({
    "policies/channels.yaml": CHANNELS,
    "policies/trust.yaml": trustFile(root),
    [ROOT]: root,
    "promotions/payments/api.yaml": promotion(
      "api",
      versionLine("v1.0.0", app, "channels: [prod]"),
    ),
  });
  const token = join(workspace.root, ".git", "token");
  writeFileSync(token, identityToken());
  const { source, target } = workspace;
  return {
    workspace,
    app,
    services,
    stamps,
    sign: [
      "--identity-token-file",
      token,
      "--fulcio-url",
      services.fulcio,
      "--rekor-url",
      services.rekor,
      "--tsa-url",
      stamps.url,
    ],
    run: (args, alsoTo = []) =>
      startWaybill(args, {
        cwd: workspace.root,
        env: {
          NODE_OPTIONS: onlySocketsTo(source.host, target.host, ...alsoTo),
          XDG_CACHE_HOME: join(workspace.root, ".git", "caches"),
        },
      }).ended,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await services[Symbol.asyncDispose]();
      await stamps[Symbol.asyncDispose]();
    },
  };
}

function signedImage(instance: Instance, { source }: Workspace): Built {
  const app = image({ seed: "app" });
  const from = source.repository("staging/api");
  seed(from, app, ["v1.0.0"]);
  const predicateType = "https://sigstore.dev/cosign/sign/v1";
  const payload = statement(app.digest.slice("sha256:".length), { predicateType, predicate: {} });
  seed(
    from,
    artifact({
      subject: app,
      artifactType: V03,
      fileType: V03,
      files: { bundle: JSON.stringify(keylessBundle(instance, payload)) },
    }),
  );
  return app;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

const ASKED = ["verify", "payments/api@v1.0.0", "--channel", "prod"] as const;

describe("keyless, end to end, by whole processes", { timeout: 60_000 }, () => {
  it("000-22 002-44 apply signs with a token, and with every socket but the stores' blocked verify, plan and verify-bundle accept it", async () => {
    await using world = await openWorld();
    const { run, sign, services, stamps, app, workspace } = world;
    const vouchers = [hostOf(services.fulcio), hostOf(stamps.url)];
    const applied = await run(["apply", "--yes", ...sign], vouchers);
    expect(applied.stderr).not.toContain("failed");
    expect(applied.code).toBe(0);
    // One certificate for both statements; each is logged and stamped.
    expect(services.asked.filter((one) => one.includes("signingCert"))).toHaveLength(1);
    expect(services.asked.filter((one) => one.includes("/log/entries"))).toHaveLength(2);
    expect(stamps.asked()).toBe(2);

    const verified = await run([...ASKED, "--format", "json"]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      results: [{ trust: "verified", decision: "allow", digest: app.digest }],
    });
    const plan = await run(["plan", "--deep", "--format", "json"]);
    expect(JSON.parse(plan.stdout)).toMatchObject({ actions: [], blocked: [] });

    const bundle = join(workspace.root, ".git", "promotion.json");
    const exported = ["evidence", "export", "payments/api@v1.0.0", "--type", "promotion"];
    expect((await run([...exported, "--as", "bundle", "--out", bundle])).code).toBe(0);
    for (const [subject, code] of [
      [BOT, 0],
      [SUBJECT, 1],
    ] as const) {
      const identity = ["--certificate-identity", subject, "--certificate-oidc-issuer", ISSUER];
      const root = ["--trusted-root", join(workspace.root, ROOT)];
      const args = ["verify-bundle", "--bundle", bundle, ...identity, ...root, app.digest];
      const said = await run(args);
      expect(said.code, said.stdout + said.stderr).toBe(code);
    }
  });

  it("the sockets are blocked indeed: what needs Fulcio ends at its first word to it", async () => {
    await using world = await openWorld();
    const { code } = await world.run(["apply", "--yes", ...world.sign]);
    expect(code).toBe(BLOCKED);
  });

  it("what another identity signed is not ours, and not accepted", async () => {
    await using world = await openWorld();
    const { workspace, run, sign, services, stamps } = world;
    const trust = workspace.read("policies/trust.yaml").replaceAll(BOT, `${BOT}-of-another`);
    workspace.commit({ "policies/trust.yaml": trust });
    const refused = await run(
      ["apply", "--yes", ...sign],
      [hostOf(services.fulcio), hostOf(stamps.url)],
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toContain("does not verify under policies/trust.yaml");
  });

  it("proofs of a run before are believed by whoever looks, and never by apply", async () => {
    await using world = await openWorld();
    const { workspace, run, sign } = world;
    const folder = join(workspace.root, ".git", "caches", "waybill", "proofs");
    expect((await run(ASKED)).code).toBe(0);
    const kept = readdirSync(folder);
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) {
      const file = join(folder, name);
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(SUBJECT, "https://forged.test"));
    }
    const looked = await run(ASKED);
    expect(looked.code).toBe(4);
    expect(looked.stdout).toContain("https://forged.test");
    // Apply would refuse as well if it believed them; it proved by itself, and is ended where it asks for a certificate.
    const applied = await run(["apply", "--yes", ...sign]);
    expect(applied.code).toBe(BLOCKED);
  });
});
