/**
 * `npm run demo`: the main job end to end on the embedded default (OCI layouts), in a temporary folder: validate, plan,
 * apply, plan again, promote by command, plan, apply, and what landed where. Every command is printed, and really run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAddress, repositoryAt, type Repository } from "#model";
import { openStores, type Stores } from "#stores";
import { apiImage, publish, webImage } from "./example/content.ts";
import { landed, type Landed } from "./example/landed.ts";

const waybill = join(dirname(dirname(fileURLToPath(import.meta.url))), "bin", "waybill.mjs");
const folder = mkdtempSync(join(tmpdir(), "waybill-demo-"));
const signal = AbortSignal.timeout(120_000);
const stores = openStores({ root: folder, hosts: [], env: {}, restrictPaths: false });
try {
  await demo(stores);
} finally {
  await stores.close();
  rmSync(folder, { recursive: true, force: true });
}

async function demo(open: Stores): Promise<void> {
  title(
    "A promotions repository, and two artifacts in a staging folder: a multi-arch index, an image with a signature",
  );
  const web = webImage("v1.0.0", newKey());
  const api = apiImage("v2.1.0", newKey());
  await publish(open, repository("oci-layout:./staging/web"), web, signal);
  await publish(open, repository("oci-layout:./staging/api"), api, signal);
  writePolicies();
  writePromotion("web", "v1.0.0", web.built.digest, "[dev]");
  writePromotion("api", "v2.1.0", api.built.digest, "[dev]");
  git("init", "-q", "-b", "main");
  git("add", "policies", "promotions");
  git("commit", "-q", "-m", "Register web and api");
  run("cat", "promotions/shop/web.yaml");

  title("1. Check it, look at what would happen, and do it");
  cli(0, "validate");
  cli(0, "plan");
  cli(0, "apply", "--yes", "--quiet");
  cli(0, "plan", "--deep");

  title("2. Promote by command: the smallest change to the file is the request");
  cli(0, "promote", "shop/web@v1.0.0", "--to", "test,staging");
  run("git", "--no-pager", "diff", "--no-color", "-U1");
  git("commit", "-q", "-a", "-m", "Promote shop/web v1.0.0 to test and staging");
  cli(0, "plan", "--since", "HEAD^1");
  cli(0, "apply", "--yes", "--quiet", "--since", "HEAD^1");
  cli(0, "promote", "shop/web@v1.0.0", "--to", "prod");
  git("commit", "-q", "-a", "-m", "Promote shop/web v1.0.0 to prod");
  cli(0, "apply", "--yes", "--quiet");
  cli(0, "plan", "--deep");

  title("3. What landed where, read by walking the layouts");
  const places = ["dev/shop/web", "dev/shop/api", "test/shop/web", "staging/shop/web", "shop/web"];
  const found: Landed[] = [];
  for (const site of ["oslo", "bergen"]) {
    for (const place of places) {
      const at = repository(`oci-layout:./sites/${site}/${place}`);
      const read = await landed(open.read(at), signal);
      if (read) found.push(read);
    }
  }
  for (const line of found)
    console.log(
      `  ${line.repository}: ${line.tags.join(", ")}; ${line.manifests} manifests, ${line.blobs} blobs, ${line.referrers} referrers, all hashes right`,
    );
  prove(found, web.built.digest, api.built.digest);
}

/** Fails the demo where anything is not as the sentences above say. */
function prove(found: readonly Landed[], web: string, api: string): void {
  const prod = found.filter(
    (place) => place.repository.endsWith("/shop/web") && place.digests.get("v1.0.0") === web,
  );
  const held = found.filter((place) => place.digests.get("v2.1.0") === api);
  const evidence = found.every(
    (place) => place.referrers >= 1 && place.tags.some((tag) => tag.endsWith(".sig")),
  );
  const stable = found.some((place) => place.digests.get("stable") === web);
  if (prod.length !== 5 || held.length !== 1 || !evidence || !stable)
    throw new Error("the demo did not end as it should");
  console.log(
    `\nProved: ${found.length} places hold exactly what git says, each with its signature and SBOM; the second plan found nothing to do; no digest changed on the way.`,
  );
}

function writePolicies(): void {
  write(
    "policies/sites.yaml",
    `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./sites/oslo" } }
  bergen: { stores: { oci: "oci-layout:./sites/bergen" } }
`,
  );
  write(
    "policies/channels.yaml",
    `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [oslo] } }
  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] } }
  staging: { to: "staging/{project}/{name}", after: [dev, test], samePullRequest: true, sites: { require: [oslo] } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo, bergen] }
    tags:
      moving: { stable: newest-stable, "{major}.{minor}": newest-in-line }
`,
  );
}

function writePromotion(name: string, version: string, digest: string, channels: string): void {
  write(
    `promotions/shop/${name}.yaml`,
    `apiVersion: waybill.dev/v1
kind: Promotion
project: shop
name: ${name}
artifact:
  kind: container-image
  source: { type: oci, repository: "oci-layout:./staging/${name}" }
versions:
  - { version: ${version}, digest: "${digest}", channels: ${channels} }
`,
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function repository(text: string): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new Error(address);
  return repositoryAt(address);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function title(text: string): void {
  console.log(`\n== ${text}\n`);
}

/** Prints a command and runs the real binary, whose output is the demo's; another exit code than told ends the demo. */
function cli(expected: number, ...args: readonly string[]): void {
  console.log(`$ waybill ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [waybill, ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(),
  });
  if (status !== expected)
    throw new Error(`waybill ${args.join(" ")} ended with ${status}, not ${expected}`);
  console.log("");
}

function run(command: string, ...args: readonly string[]): void {
  console.log(`$ ${[command, ...args].join(" ")}`);
  console.log(execFileSync(command, args, { cwd: folder, encoding: "utf8" }));
}

/** Under npm the person stands elsewhere; here they stand in the demo's folder. */
function environment(): NodeJS.ProcessEnv {
  const { INIT_CWD: _, npm_lifecycle_event: __, ...rest } = process.env;
  return rest;
}

function git(...args: readonly string[]): void {
  const identity = [
    "-c",
    "user.name=Demo",
    "-c",
    "user.email=demo@example.com",
    "-c",
    "commit.gpgsign=false",
  ];
  execFileSync("git", [...identity, ...args], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
