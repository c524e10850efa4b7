/**
 * `npm run demo:trust`: what a trust policy does, offline, in a temporary folder: an unsigned image refused from prod and
 * allowed in dev; signed, with its SBOM missing; complete, promoted and attested; the attestation checked by openssl
 * alone; revoked. Every command is printed, and really run.
 */
import { billOf, publish, type Published, signatureOf, unsignedImage } from "./example/content.ts";
import type { Built } from "../test/support/images.ts";
import { newKey, onStage, repository, title, type KeyPair, type Stage } from "./demo/stage.ts";

const SOURCE = "oci-layout:./staging/web";
const VERSION = "shop/web@v1.0.0";

const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./sites/oslo" } }
`;

const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [dev]
    samePullRequest: true
    sites: { require: [oslo] }
    requires: { trust: verified }
    attestation: { attach: subject }
`;

const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  release: { key: { file: policies/trust/release.pub } }
  waybill-prod: { key: { file: policies/trust/waybill.pub } }
rules:
  - name: prod-images
    match: { channels: [prod] }
    mode: enforce
    require:
      - signature: { anyOf: [release] }
      - sbom: { formats: [spdx, cyclonedx] }
signing: { authority: waybill-prod, verifierId: "https://waybill.dev/verifier/v1" }
noMatch: allow
`;

/** What the acts below have in common. */
interface Played extends Stage {
  readonly image: Built;
  /** Puts the image, and more of its evidence, where a build would. */
  readonly build: (more?: Partial<Published>) => Promise<void>;
}

async function demo(stage: Stage): Promise<void> {
  const [release, waybill] = [newKey(), newKey()];
  const image = unsignedImage("web v1.0.0");
  const bare: Published = { built: image, tags: ["v1.0.0"], referrers: [], tagged: [] };
  const { stores, signal } = stage;
  const played: Played = {
    ...stage,
    image,
    build: (more = {}) => publish(stores, repository(SOURCE), { ...bare, ...more }, signal),
  };
  await begin(played, { release: release.publicKey, waybill });
  await refuse(played, release.privateKey);
  await complete(played);
  check(played);
  revoke(played);
  console.log(
    "Proved: nothing without its evidence reached prod, what did carries a statement that openssl accepts, and a revocation is seen by the next plan.",
  );
}

async function begin(
  { image, build, write, cli, run, git }: Played,
  { release, waybill }: { readonly release: string; readonly waybill: KeyPair },
): Promise<void> {
  title("A policy: prod asks for the release key's signature and an SBOM; dev asks for nothing");
  await build();
  write("policies/sites.yaml", SITES);
  write("policies/channels.yaml", CHANNELS);
  write("policies/trust.yaml", TRUST);
  write("policies/trust/release.pub", release);
  write("policies/trust/waybill.pub", waybill.publicKey);
  write("promotions/shop/web.yaml", promotion(image.digest));
  write(".gitignore", "/waybill.key\n/vsa.*\n/staging\n/sites\n");
  write("waybill.key", waybill.privateKey);
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "Register web, and ask for it in prod");
  run("cat", "policies/trust.yaml");
  cli(0, "validate");
}

async function refuse({ image, build, cli }: Played, key: string): Promise<void> {
  title("1. Nobody signed it: allowed in dev, refused from prod");
  cli(4, "plan");
  cli(4, "apply", "--yes", "--quiet");
  cli(4, "why", VERSION, "prod");

  title("2. The release workflow signs it: one thing is still missing");
  await build({ tagged: [signatureOf(image, key)] });
  cli(4, "plan");
}

async function complete({ image, build, cli }: Played): Promise<void> {
  title("3. The SBOM is attached: complete, promoted, and attested");
  await build({ referrers: [billOf(image)] });
  cli(0, "verify", VERSION, "--channel", "prod");
  cli(0, "apply", "--yes", "--quiet", "--sign-key", "file:waybill.key");
  cli(0, "plan", "--deep");
}

/** What DSSE signs (its pre-authentication encoding), and the signature as bytes: all that openssl needs. */
function check({ cli, read, write, run }: Played): void {
  title("4. Anybody can check that with the public key and openssl, without waybill");
  const of = ["--channel", "prod", "--type", "vsa", "--as", "dsse"];
  cli(0, "evidence", "export", VERSION, ...of, "--out", "vsa.json");
  const { payload, payloadType, signature } = envelopeIn(read("vsa.json"));
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  write("vsa.signed", Buffer.concat([Buffer.from(head), payload]));
  write("vsa.sig", signature);
  console.log(`the statement: ${payload.toString()}\n`);
  const key = ["-verify", "policies/trust/waybill.pub", "-signature", "vsa.sig", "vsa.signed"];
  if (!run("openssl", "dgst", "-sha256", ...key))
    console.log("There is no openssl here, so this step was left out.\n");
}

function revoke({ cli, git }: Played): void {
  title("5. It turns out to be bad: revoked, which beats everything");
  cli(0, "revoke", VERSION, "--reason", "CVE-2026-1234, no fix", "--at", "2026-11-20T10:00:00Z");
  git("add", "policies");
  git("commit", "-q", "-m", "Revoke web v1.0.0");
  cli(4, "plan");
  cli(4, "verify", VERSION, "--channel", "prod");
}

interface Envelope {
  readonly payload: Buffer;
  readonly payloadType: string;
  readonly signature: Buffer;
}

/** A DSSE envelope with one signature, as `waybill evidence export --as dsse` writes it. */
function envelopeIn(text: string): Envelope {
  function field(name: string): string {
    const value = new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1];
    if (value === undefined) throw new Error(`the envelope has no ${name}`);
    return value;
  }
  return {
    payload: Buffer.from(field("payload"), "base64"),
    payloadType: field("payloadType"),
    signature: Buffer.from(field("sig"), "base64"),
  };
}

function promotion(digest: string): string {
  return `apiVersion: waybill.dev/v1
kind: Promotion
project: shop
name: web
artifact:
  kind: container-image
  source: { type: oci, repository: "${SOURCE}" }
versions:
  - { version: v1.0.0, digest: "${digest}", channels: [dev, prod] }
`;
}

await onStage(demo);
