import { artifact, image, seed, type Built } from "./images.ts";
import type { Repository } from "./registry/index.ts";
import { envelope, keyBundle, makePair, statement, V03, type Pair } from "./signing.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "./workspace.ts";

/** Where the promoted image and its evidence lie at the source. */
const SOURCE_PATH = "staging/api";
export const API = "promotions/payments/api.yaml";

/** A workspace whose policy trusts one key, with an image that nobody signed yet. */
export interface TrustWorkspace extends Workspace {
  readonly app: Built;
  readonly ci: Pair;
  readonly from: Repository;
}

/** Two channels, of which prod comes after dev; what stands in `requires` is asked by prod. */
export function channels({ requires = "" }: { readonly requires?: string } = {}): string {
  const asks = requires === "" ? "" : `, requires: { ${requires} }`;
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] } }
  prod: { to: "prod/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] }, tags: { moving: { stable: newest-stable } }${asks} }
`;
}

/** A trust file with the authority `ci`, and one rule for prod that asks for these. */
export function trustFile(
  requirements: readonly string[] = ["signature: { anyOf: [ci] }"],
  more = "",
): string {
  return `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { key: { file: policies/trust/ci.pub } }
rules:
  - name: images
    match: { channels: [prod] }
${more}    require:
${requirements.map((item) => `      - ${item}\n`).join("")}`;
}

/** One promotion of v1.0.0 of the image to these channels. */
export function promoted(app: Pick<Built, "digest">, to = "dev, prod"): string {
  return promotion("api", versionLine("v1.0.0", app, `channels: [${to}]`));
}

/** Opens one with the policy committed; the image is at the source and listed for dev and prod. */
export async function openTrustWorkspace(
  files: Readonly<Record<string, string>> = {},
): Promise<TrustWorkspace> {
  const workspace = await openWorkspace();
  const app = image({ seed: "app" });
  const ci = makePair();
  const from = workspace.source.repository(SOURCE_PATH);
  seed(from, app, ["v1.0.0"]);
  workspace.commit({
    "policies/channels.yaml": channels(),
    "policies/trust.yaml": trustFile(),
    "policies/trust/ci.pub": ci.pem,
    ...files,
  });
  workspace.commit({ [API]: promoted(app) });
  return Object.assign(workspace, { app, ci, from });
}

const SIGNED = "https://sigstore.dev/cosign/sign/v1";

/** A signature of an image by a key, as a bundle that refers to it. */
export function signatureOf(app: Built, { privateKey, hint }: Pair): Built {
  return bundleOf(app, { privateKey, hint }, SIGNED, {});
}

/** A statement about an image, signed by a key, as a bundle that refers to it. */
export function bundleOf(
  app: Built,
  { privateKey, hint }: Pick<Pair, "privateKey" | "hint">,
  predicateType: string,
  predicate: object,
): Built {
  const payload = statement(app.digest.slice("sha256:".length), { predicateType, predicate });
  const bundle = JSON.stringify(keyBundle(envelope(payload, [privateKey]), hint));
  return artifact({
    subject: app,
    artifactType: V03,
    fileType: V03,
    files: { "bundle.json": bundle },
    annotations: { "dev.sigstore.bundle.predicateType": predicateType },
  });
}
