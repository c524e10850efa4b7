import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifact, image, seed } from "../../support/images.ts";
import type { Built } from "../../support/built.ts";
import { onlySocketsTo } from "../../support/sockets.ts";
import { startWaybill } from "../../support/real/waybill.ts";
import type { Ended } from "../../support/real/program.ts";
import { identityToken, startSignServices } from "../../support/sign-services.ts";
import { keylessBundle, statement, V03 } from "../../support/signing.ts";
import { ISSUER, makeInstance, SUBJECT, type Instance } from "../../support/sigstore.ts";
import { startTimestampAuthority } from "../../support/timestamp-authority.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../../support/workspace.ts";

/** Who signs for waybill: a workflow of the promotions repository. */
export const BOT =
  "https://github.com/payments/promotions/.github/workflows/apply.yml@refs/heads/main";
/** The root file, in the promotions repository. */
export const ROOT = "policies/trust/loopback.json";
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

/** A promotions repository whose signers are keyless, and the services that they sign with. */
export interface KeylessWorld extends AsyncDisposable {
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
export async function openKeylessWorld(): Promise<KeylessWorld> {
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

/** Of an address, with its port. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
